import { isAxiosError } from 'axios';
import { headerOf } from './answer-headers.js';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Has the error of a redirect that is not followed say so: Axios names only the status. */
export function explainedRedirect(error: unknown, client: string): unknown {
  if (!isAxiosError(error) || !error.response) return error;
  const { status } = error.response;
  if (!REDIRECTS.has(status) || headerOf(error.response, 'location') === undefined) return error;
  const said = `: a redirect, which client '${client}' does not follow. maxRedirects has the adapter http follow redirects within allowedOrigins; without it, correct the URL, or let validateStatus take the redirect.`;
  if (error.message.endsWith(said)) return error;
  const { message, stack } = error;
  error.message = `${message}${said}`;
  if (stack?.includes(message)) error.stack = stack.replace(message, () => error.message);
  return error;
}
