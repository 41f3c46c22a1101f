import { BackchannelError } from '../../common/backchannel.js';
import { withoutQuery } from '../../common/secure-url.js';
import {
  ClientSecretUnavailableError,
  NoTokenError,
  TokenEndpointUnavailableError,
  TokenRequestError,
} from '../errors.js';
import { WorkEnded } from './bounded-work.js';
import { plainText, spellingsOf } from './plain-text.js';
import type { TokenRequest } from './token-request.js';
import { UnusableAnswerError, type ErrorResponse } from './token-response.js';

/** One token request under way: knows how far it has come, and so what it was that failed. */
export class TokenAttempt {
  #endpoint: string;
  #secrets: string[] = [];
  #readingSecret = false;

  constructor(
    readonly request: TokenRequest,
    /** The named client that the errors name. */
    private readonly client: string,
  ) {
    const { server } = request;
    this.#endpoint = 'issuer' in server ? server.issuer : withoutQuery(server.tokenEndpoint);
  }

  /** Says which endpoint is asked from now on. */
  locatedAt(endpoint: string): void {
    this.#endpoint = withoutQuery(endpoint);
  }

  /** @throws {ClientSecretUnavailableError} */
  async readSecret(): Promise<string> {
    const { credentials } = this.request;
    this.#readingSecret = true;
    // The type promises a string, but the function is somebody else's.
    const secret: unknown = await credentials.readSecret().catch((error: unknown) => {
      throw this.noSecret(`threw ${error instanceof Error ? error.name : 'something'}`);
    });
    if (typeof secret !== 'string' || secret === '') throw this.noSecret('returned no secret');
    if (/\p{Cc}/u.test(secret)) {
      throw this.noSecret('returned a line break or another control character with the secret');
    }
    this.#readingSecret = false;
    this.#secrets = spellingsOf(credentials.clientId, secret);
    return secret;
  }

  refused({ status, error, error_description: description }: ErrorResponse): TokenRequestError {
    return new TokenRequestError({
      client: this.client,
      endpoint: this.#endpoint,
      status,
      oauthError: plainText(error, 100, this.#secrets) || 'an unreadable error',
      oauthErrorDescription: description && plainText(description, 300, this.#secrets),
    });
  }

  /**
   * What to tell the callers. Never the error itself as a `cause`: those of the libraries hold requests,
   * with the secret in them.
   */
  failure(error: unknown): NoTokenError {
    const thrown = unwrapped(error);
    if (thrown instanceof NoTokenError) return thrown;
    if (thrown instanceof BackchannelError) return this.unavailable(thrown.message);
    if (thrown instanceof UnusableAnswerError) {
      return this.unavailable(`${this.#endpoint} ${thrown.message}`, thrown.status);
    }
    if (thrown instanceof WorkEnded && this.#readingSecret)
      return this.noSecret(`gave ${thrown.message}`);
    if (thrown instanceof WorkEnded)
      return this.unavailable(`${this.#endpoint}: ${thrown.message}`);
    return this.unavailable(`the request to ${this.#endpoint} failed with ${nameOf(thrown)}`);
  }

  private unavailable(reason: string, status?: number): TokenEndpointUnavailableError {
    return new TokenEndpointUnavailableError({
      client: this.client,
      endpoint: this.#endpoint,
      reason,
      status,
    });
  }

  private noSecret(reason: string): ClientSecretUnavailableError {
    return new ClientSecretUnavailableError(this.client, reason);
  }
}

/** openid-client wraps what its `fetch` throws. */
function unwrapped(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'an unknown error';
}
