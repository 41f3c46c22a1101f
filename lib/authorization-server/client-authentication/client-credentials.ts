import type { ClientAuth } from 'openid-client';
import { kindOfError } from '../../common/kind-of-error.js';

/** A TLS client certificate with its key, both as PEM text. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** Who a client is at the authorization server, and how it proves it. Holds its secret so that nothing prints it. */
export interface ClientCredentials {
  readonly clientId: string;
  /** The method by its registered name, such as `client_secret_basic`. */
  readonly method: string;
  /**
   * Tells these credentials from others of the same client, without a call to whatever they are read
   * from: part of the key of every token.
   */
  readonly fingerprint: string;
  /** The same for other processes. Not to be shown, see `proofOf`. */
  readonly proof: string;
  /** The option that they are read from, for errors. */
  readonly option: string;
  /**
   * The credentials as they are now, for one attempt of a token request.
   *
   * @throws {UnreadableCredentialsError}
   */
  present(): Promise<PresentedCredentials>;
}

/** Credentials for one attempt of a token request. */
export interface PresentedCredentials {
  readonly authenticate: ClientAuth;
  /** Differs where other credentials were read than the last time. */
  readonly version: string;
  /** The forms in which an answer may repeat the secret. Grows where it is made with the request. */
  readonly secrets: readonly string[];
  /**
   * What else may be wrong where the server refuses them, as a sentence.
   *
   * @param listed the methods that the server lists, if it does
   */
  readonly hint?: (listed: readonly string[] | undefined) => string | undefined;
  /** What to present to the token endpoint, and what tokens may be bound to. */
  readonly tls?: TlsIdentity;
}

/** Credentials could not be read. The message goes on a sentence: 'The function …'. */
export class UnreadableCredentialsError extends Error {
  override readonly name = 'UnreadableCredentialsError';
}

/**
 * Reads a value that is given as it is or by a function.
 *
 * @throws {UnreadableCredentialsError} without what the function threw, which may hold what must not be seen
 */
export async function readSource<T>(source: T | (() => T | Promise<T>)): Promise<T> {
  if (!isFunction(source)) return source;
  try {
    return await source();
  } catch (error) {
    throw new UnreadableCredentialsError(`threw ${kindOfError(error)}`);
  }
}

function isFunction<T>(source: T | (() => T | Promise<T>)): source is () => T | Promise<T> {
  return typeof source === 'function';
}
