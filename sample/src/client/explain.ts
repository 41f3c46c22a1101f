import { isAxiosError } from 'axios';
import { AccessTokenError } from 'nestjs-access-tokens';
import { formatJson } from './format.js';

/** A failure as the person in front of the console should see it. */
export function explain(error: unknown): string {
  if (error instanceof AccessTokenError) {
    return `${error.name} (${error.code})\n${error.message}`;
  }
  if (isAxiosError(error)) {
    const { config, response } = error;
    const call = `${config?.method?.toUpperCase()} ${config?.baseURL ?? ''}${config?.url}`;
    if (!response) {
      return `${call} failed: ${error.message}`;
    }
    const challenge = String(response.headers['www-authenticate'] ?? 'none');
    return `${call} answered ${response.status} ${response.statusText}
WWW-Authenticate: ${challenge}
${formatJson(response.data)}`;
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
