import type { IncomingMessage } from 'node:http';

const limitBytes = 10_000;

/** The fields of a submitted form; none when it is larger than any form here. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size <= limitBytes) {
      chunks.push(bytes);
    }
  }
  return new URLSearchParams(size <= limitBytes ? Buffer.concat(chunks).toString() : '');
}
