import { Blob } from 'node:buffer';
import { types } from 'node:util';

/**
 * Whether a body can be sent a second time and be the same. A stream was consumed by the first time:
 * sent again it is empty, and the API says 200 to the loss. So only what is known to keep is sent again;
 * anything else that can be read (streams, the forms of the package form-data, iterables) is not.
 */
export function isReplayable(body: unknown): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === 'string' ||
    ArrayBuffer.isView(body) ||
    types.isAnyArrayBuffer(body) ||
    body instanceof URLSearchParams ||
    body instanceof Blob ||
    body instanceof FormData
  );
}
