import { formatJson } from '../client/format.js';

export interface Answer {
  status: number;
  challenge: string | null;
  retryAfter: string | null;
  body: unknown;
  /** All of it, to be shown. */
  text: string;
}

/** A call as anybody can make it, with or without a token. */
export async function call(
  request: string,
  { token, json }: { token?: string; json?: object } = {},
): Promise<Answer> {
  const [method = 'GET', url = ''] = request.split(' ');
  const headers = new Headers();
  if (token) {
    headers.set('authorization', `Bearer ${token}`);
  }
  if (json) {
    headers.set('content-type', 'application/json');
  }
  const response = await fetch(url, {
    method,
    headers,
    body: json ? JSON.stringify(json) : null,
    signal: AbortSignal.timeout(10_000),
  });
  const body: unknown = await response.json();
  const challenge = response.headers.get('www-authenticate');
  const retryAfter = response.headers.get('retry-after');
  const text = [
    `${request}${json ? ` ${formatJson(json)}` : ''}`,
    `${response.status} ${response.statusText}`,
    ...(challenge ? [`WWW-Authenticate: ${challenge}`] : []),
    ...(retryAfter ? [`Retry-After: ${retryAfter}`] : []),
    formatJson(body),
  ].join('\n');
  return { status: response.status, challenge, retryAfter, body, text };
}
