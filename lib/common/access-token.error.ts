const BRAND = Symbol.for('nestjs-access-tokens:error');

/**
 * The root of everything this package throws, each with a stable {@link AccessTokenError.code}.
 * No error, its `cause`, its JSON or its `util.inspect` ever holds a token or a secret.
 *
 * The errors that answer a request of your API are Nest `HttpException`s too, so that an exception
 * filter which knows nothing of this package still answers 401 as 401; `instanceof AccessTokenError`
 * is true for them all the same.
 */
export abstract class AccessTokenError extends Error {
  /** What went wrong, for programs: stable across versions, where `message` is for people. */
  abstract readonly code: string;

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== AccessTokenError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /** @internal Makes a class count as an `AccessTokenError` whatever it extends. */
  static brand(type: { prototype: object }): void {
    Object.defineProperty(type.prototype, BRAND, { value: true });
  }
}

AccessTokenError.brand(AccessTokenError);
