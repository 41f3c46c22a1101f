import { BackchannelError, UntrustedServerError } from './http/backchannel.js';
import { oneLine } from '../common/excerpt.js';
import { nameOfError } from '../common/kind-of-error.js';
import { shownUrl } from '../common/secure-url.js';
import {
  UnreadableCredentialsError,
  type PresentedCredentials,
} from './client-authentication/client-credentials.js';
import {
  ClientSecretUnavailableError,
  NoTokenError,
  TokenEndpointUnavailableError,
  TokenRequestError,
} from './errors.js';
import { TaskAborted } from '../common/detached-tasks.js';
import { errorCode } from './error-code.js';
import { plainText } from '../common/plain-text.js';
import { refusalDetails } from './refusal-details.js';
import type { TokenRequest } from './token-request.js';
import { UnusableAnswerError, type ErrorResponse } from './token-response.js';

const MAX_METHODS = 10;

/** One token request under way: knows how far it has come, and so what it was that failed. */
export class TokenRequestAttempt {
  #endpoint: string;
  #presented: PresentedCredentials | undefined;
  #readingSecret = false;
  #listed: readonly string[] | undefined;

  constructor(
    readonly request: TokenRequest,
    /** The named client that the errors name. */
    private readonly client: string,
  ) {
    const { server } = request;
    this.#endpoint = 'issuer' in server ? oneLine(server.issuer) : shownUrl(server.tokenEndpoint);
  }

  /**
   * Says which endpoint is asked from now on.
   *
   * @param listed how clients may prove there who they are, as far as the server says so
   */
  locatedAt(endpoint: string, listed?: readonly string[]): void {
    this.#endpoint = shownUrl(endpoint);
    this.#listed = listed ?? this.#listed;
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

  refused(response: ErrorResponse): TokenRequestError {
    const { status, error, error_description: description, members } = response;
    return new TokenRequestError({
      client: this.client,
      endpoint: this.#endpoint,
      status,
      oauthError: errorCode(error, this.secrets),
      oauthErrorDescription: description && plainText(description, 300, this.secrets),
      grantType: this.request.grant.type,
      details: refusalDetails(members, this.secrets),
      hint: error === 'invalid_client' ? this.hint() : undefined,
    });
  }

  /** What may help where the server does not take the credentials. */
  private hint(): string | undefined {
    const shown = this.#listed?.slice(0, MAX_METHODS).map((method) => oneLine(method, 60));
    const hints = [
      shown && shown.length > 0 ? `The server lists ${shown.join(', ')}.` : undefined,
      this.#presented?.hint?.(this.#listed),
    ].filter((hint) => hint !== undefined);
    return hints.length > 0 ? hints.join(' ') : undefined;
  }

  /** The server asked us to wait until then (`Retry-After`). */
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
    if (thrown instanceof TaskAborted && this.#readingSecret)
      return this.noSecret(`gave ${thrown.message}`);
    if (thrown instanceof TaskAborted)
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
export function neverProcessed(error: unknown): boolean {
  const thrown = unwrapped(error);
  if (thrown instanceof BackchannelError) return thrown.unsent;
  return thrown instanceof UnusableAnswerError && (thrown.status === 429 || thrown.status === 503);
}

/** openid-client wraps what its `fetch` throws. */
function unwrapped(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? nameOfError(error) : 'an unknown error';
}
