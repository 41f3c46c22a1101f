import { Blob } from 'node:buffer';
import { types } from 'node:util';
import { isMadeByAxios } from '../axios-build.js';

const MAX_DEPTH = 8;
const MAX_VALUES = 10_000;
const MAX_BYTES = 1_000_000;

/** What is known to lead to nothing but what it is. */
const HARMLESS = [AbortSignal, Blob, Date, FormData, RegExp];

/**
 * Whether a value is data through and through: nothing in it leads to a socket, a stream, an agent or anything
 * else that is alive. What is too deep or too large to be looked through is not known to be.
 *
 * @param isFine what its texts have to be, if not all will do
 */
export function isPlainData(value: unknown, isFine?: (text: string) => boolean): boolean {
  try {
    return new Look(isFine).at(value, 0);
  } catch {
    // A getter that throws.
    return false;
  }
}

class Look {
  #left = MAX_VALUES;

  constructor(private readonly isFine: ((text: string) => boolean) | undefined) {}

  at(value: unknown, depth: number): boolean {
    if (typeof value === 'string') return this.isFineText(value);
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return true;
    if (depth > MAX_DEPTH || --this.#left < 0) return false;
    if (typeof value === 'function') return this.members(value, depth);
    if (Array.isArray(value)) return value.every((one) => this.at(one, depth + 1));
    if (isPlain(value)) return this.members(value, depth);
    if (value instanceof URLSearchParams || value instanceof Headers) {
      return this.at([...value.entries()], depth);
    }
    if (value instanceof URL) return this.isFineText(value.href);
    if (ArrayBuffer.isView(value)) return this.areFineBytes(value);
    return (
      types.isAnyArrayBuffer(value) ||
      HARMLESS.some((one) => value instanceof one) ||
      isMadeByAxios(value, 'CancelToken')
    );
  }

  private members(owner: object, depth: number): boolean {
    for (const name in owner) {
      if (!this.isFineText(name) || !this.at(Reflect.get(owner, name), depth + 1)) return false;
    }
    return Object.getOwnPropertySymbols(owner).every((name) => {
      const isShown = Object.prototype.propertyIsEnumerable.call(owner, name);
      return !isShown || this.at(Reflect.get(owner, name), depth + 1);
    });
  }

  private isFineText(text: string): boolean {
    return !this.isFine || this.isFine(text);
  }

  private areFineBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): boolean {
    if (!this.isFine) return true;
    if (byteLength > MAX_BYTES) return false;
    return this.isFine(Buffer.from(buffer, byteOffset, byteLength).toString('latin1'));
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null || prototype === Object.prototype || isMadeByAxios(value, 'AxiosHeaders')
  );
}
