import { connect } from 'node:net';
import type { Answer } from './app.js';

/** A request as no HTTP client would send it, byte for byte (in Latin-1). The connection ends with the answer. */
export async function sendRaw(
  url: string,
  headerLines: readonly string[],
  { request = 'GET / HTTP/1.1', body = '' } = {},
): Promise<Answer> {
  const lines = [request, 'Host: a', 'Connection: close', ...headerLines];
  const answer = await exchange(url, `${lines.join('\r\n')}\r\n\r\n${body}`);
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [statusLine = '', ...fields] = head.split('\r\n');
  const headers = new Headers(fields.map((line) => splitField(line)));
  const text = rest.join('\r\n\r\n');
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    challenge: headers.get('www-authenticate'),
    body: headers.get('content-type')?.includes('json') && text ? JSON.parse(text) : text,
  };
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function exchange(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(request, 'latin1'));
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}
