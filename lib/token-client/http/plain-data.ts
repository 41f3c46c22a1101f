import { Blob } from 'node:buffer';
import { types } from 'node:util';
import { isMadeByAxios } from './axios-build.js';

const MAX_DEPTH = 8;
const MAX_VALUES = 10_000;

/** What is known to lead to nothing but what it is. */
const HARMLESS = [AbortSignal, Blob, Date, FormData, RegExp, URL];

/**
 * Whether a value is data through and through: nothing in it leads to a socket, a stream, an agent or anything
 * else that is alive. What is too deep or too large to be looked through is not known to be.
 *
 * @param isFine what its texts have to be, if not all will do
 */
export function isPlainData(value: unknown, isFine?: (text: string) => boolean): boolean {
  return new Look(isFine).at(value, 0);
}

class Look {
  #left = MAX_VALUES;

  constructor(private readonly isFine: ((text: string) => boolean) | undefined) {}

  at(value: unknown, depth: number): boolean {
    if (typeof value === 'string') return !this.isFine || this.isFine(value);
    if (typeof value !== 'object' || value === null) return true;
    if (depth > MAX_DEPTH || --this.#left < 0) return false;
    if (Array.isArray(value)) return value.every((one) => this.at(one, depth + 1));
    if (isPlain(value)) {
      for (const key in value) if (!this.at(value[key], depth + 1)) return false;
      return true;
    }
    if (value instanceof URLSearchParams || value instanceof Headers) {
      return this.at([...value.entries()], depth);
    }
    return (
      ArrayBuffer.isView(value) ||
      types.isAnyArrayBuffer(value) ||
      HARMLESS.some((one) => value instanceof one) ||
      isMadeByAxios(value, 'CancelToken')
    );
  }
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null || prototype === Object.prototype || isMadeByAxios(value, 'AxiosHeaders')
  );
}
