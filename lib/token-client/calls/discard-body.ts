import { Readable } from 'node:stream';

/**
 * Lets go of a body that nobody will read, so that its connection is not held for ever. Not read to its
 * end, which need not come. Bodies that are no streams have been read already.
 */
export function discardBody(body: unknown): void {
  if (body instanceof Readable) {
    // What goes wrong with it from here on concerns nobody.
    body.on('error', () => undefined);
    body.destroy();
  } else if (body instanceof ReadableStream) {
    body.cancel().catch(() => undefined);
  }
}
