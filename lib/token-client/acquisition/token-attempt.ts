import { BackchannelError, UntrustedServerError } from '../../common/backchannel.js';
import { withoutQuery } from '../../common/secure-url.js';
import {
  UnreadableCredentialsError,
  type PresentedCredentials,
} from '../authentication/client-credentials.js';
import {
  ClientSecretUnavailableError,
  NoTokenError,
  TokenEndpointUnavailableError,
  TokenRequestError,
} from '../errors.js';
import { WorkEnded } from './bounded-work.js';
import { plainText } from './plain-text.js';
import type { TokenRequest } from './token-request.js';
import { UnusableAnswerError, type ErrorResponse } from './token-response.js';

/** One token request under way: knows how far it has come, and so what it was that failed. */
export class TokenAttempt {
  #endpoint: string;
  #presented: PresentedCredentials | undefined;
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

  /** @throws {UnreadableCredentialsError} */
  async present(): Promise<PresentedCredentials> {
    this.#readingSecret = true;
    const presented = await this.request.credentials.present();
    this.#readingSecret = false;
    this.#presented = presented;
    return presented;
  }

  /** What an answer must not repeat. Looked up when there is one: an assertion is only signed on the way. */
  private get secrets(): readonly string[] {
    const tokens = this.request.grant.parameters.map(([, value]) => value).filter(Boolean);
    return [...(this.#presented?.secrets ?? []), ...tokens];
  }

  refused({ status, error, error_description: description }: ErrorResponse): TokenRequestError {
    return new TokenRequestError({
      client: this.client,
      endpoint: this.#endpoint,
      status,
      oauthError: plainText(error, 100, this.secrets) || 'an unreadable error',
      oauthErrorDescription: description && plainText(description, 300, this.secrets),
    });
  }

  /** The server wants to be left alone until then. */
  throttled(failure: NoTokenError, retryAt: Date): NoTokenError {
    if (!(failure instanceof TokenEndpointUnavailableError)) return failure;
    const { client, endpoint, reason, status } = failure;
    return new TokenEndpointUnavailableError({ client, endpoint, reason, status, retryAt });
  }

  /**
   * What to tell the callers. Never the error itself as a `cause`: those of the libraries hold requests,
   * with the secret in them.
   */
  failure(error: unknown): NoTokenError {
    const thrown = unwrapped(error);
    if (thrown instanceof NoTokenError) return thrown;
    if (thrown instanceof UnreadableCredentialsError) return this.noSecret(thrown.message);
    if (thrown instanceof UntrustedServerError) return this.untrusted(thrown.message);
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

  private untrusted(reason: string): TokenEndpointUnavailableError {
    const { client } = this;
    return new TokenEndpointUnavailableError({
      client,
      endpoint: this.#endpoint,
      reason,
      isAdvised: true,
    });
  }

  private noSecret(reason: string): ClientSecretUnavailableError {
    return new ClientSecretUnavailableError(this.client, reason, this.request.credentials.option);
  }
}

/** Whether the same request may work a moment later: the server was not there, or busy, or broken. */
export function isTransient(error: unknown): boolean {
  const thrown = unwrapped(error);
  return (
    (thrown instanceof BackchannelError || thrown instanceof UnusableAnswerError) &&
    thrown.transient
  );
}

/** Whether the server has not looked at the request: it never arrived, or was turned away unread. */
export function isUntouched(error: unknown): boolean {
  const thrown = unwrapped(error);
  if (thrown instanceof BackchannelError) return thrown.unsent;
  return thrown instanceof UnusableAnswerError && (thrown.status === 429 || thrown.status === 503);
}

/** openid-client wraps what its `fetch` throws. */
function unwrapped(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'an unknown error';
}
