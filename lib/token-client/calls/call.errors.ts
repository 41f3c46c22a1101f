import { AccessTokenError } from '../../common/access-token.error.js';
import { oneLine } from '../../common/excerpt.js';
import { see } from '../../common/see.js';
import { NoTokenError } from '../../authorization-server/errors.js';

/** What others may call a tenant, a client or an option is shown as far as this. */
const MAX_NAME_LENGTH = 200;
const MAX_PROBLEM_LENGTH = 1_000;

/** A client with `resolveClient` has nobody to ask in the name of, or could not learn how. Nothing was sent. */
export class TenantUnresolvedError extends AccessTokenError {
  override readonly name = 'TenantUnresolvedError';
  readonly code = 'tenant_unresolved';
  /** The tenant, if there was one, fit for a log: control characters are written as their numbers, and the end is cut off. */
  readonly tenant: string | undefined;
  /** What happened, for people. */
  readonly reason: string;

  constructor(
    /** The named client. */
    readonly client: string,
    tenant: string | undefined,
    reason: string,
  ) {
    const shown = oneLine(reason);
    super(
      `Client '${client}' does not know how to get a token: ${shown}. ${see('errors', 'tenant_unresolved')}`,
    );
    this.tenant = tenant === undefined ? undefined : oneLine(tenant, MAX_NAME_LENGTH);
    this.reason = shown;
  }
}

/**
 * What a call or a function among the options says about the token cannot be asked for: it makes no sense, or did not come.
 * What the function for `exchange.actorToken` threw is not repeated, as it may hold what must not be seen: log it in the
 * function itself. Nothing was sent.
 */
export class InvalidTokenOptionsError extends NoTokenError {
  override readonly name = 'InvalidTokenOptionsError';
  readonly code = 'invalid_token_options';
  /** One sentence for each, beginning with the name of the option. */
  readonly problems: readonly string[];

  constructor(
    /** The named client. */
    readonly client: string,
    problems: readonly string[],
  ) {
    const shown = problems.map((problem) => oneLine(problem, MAX_PROBLEM_LENGTH));
    super(
      `Client '${client}' cannot ask for a token like this:\n${shown.map((f) => `  - ${f}`).join('\n')}\n${see('errors', 'invalid_token_options')}`,
    );
    this.problems = shown;
  }

  /** @internal */
  override forClient(client: string): InvalidTokenOptionsError {
    return new InvalidTokenOptionsError(client, this.problems);
  }
}

/** A call was about to take its token to an origin that the client was not given one for. Nothing was sent. */
export class OriginNotAllowedError extends AccessTokenError {
  override readonly name = 'OriginNotAllowedError';
  readonly code = 'origin_not_allowed';
  /** Where the call, or a redirect of it, would have gone. */
  readonly origin: string;

  constructor(
    /** The named client that was used. */
    readonly client: string,
    origin: string,
    /** Where its token may go. */
    readonly allowedOrigins: readonly string[],
    /** Whether it was a redirect that would have led there. Then the call itself was made, and the redirect is not followed. */
    readonly redirected = false,
  ) {
    const shown = oneLine(origin, MAX_NAME_LENGTH);
    const known = allowedOrigins.join(', ');
    const fault = redirected
      ? `The API redirects a call of client '${client}' to ${shown}, where its token does not go, only to ${known}. ` +
        `To fetch what is there without the token, make the call with maxRedirects: 0 and a validateStatus that takes the redirect, and ask for its location with another Axios instance.`
      : `Client '${client}' does not send its token to ${shown}, only to ${known}. ` +
        `Use another client for that API, or add it to allowedOrigins of '${client}' if it may see the token.`;
    super(`${fault} ${see('errors', 'origin_not_allowed')}`);
    this.origin = shown;
  }
}

/**
 * A single call was about to decide how its token leaves the process: by another socket, another transport, an
 * agent that connects to elsewhere. Only the client itself may. Nothing was sent.
 */
export class CallOptionNotAllowedError extends AccessTokenError {
  override readonly name = 'CallOptionNotAllowedError';
  readonly code = 'call_option_not_allowed';

  constructor(
    /** The named client that was used. */
    readonly client: string,
    /** The option of the call, such as `socketPath` or `headers.Host`. */
    readonly option: string,
  ) {
    super(
      `Client '${client}' does not take '${option}' from a single call: it decides where the token goes, or who is believed there. ` +
        `Give it to client '${client}' in TokenClientModule, or to an instance made with create(), or leave it out. ${see('errors', 'call_option_not_allowed')}`,
    );
  }
}

/** There is no client of that name. */
export class UnknownTokenClientError extends AccessTokenError {
  override readonly name = 'UnknownTokenClientError';
  readonly code = 'unknown_token_client';
  /** The name that was asked for. */
  readonly client: string;

  constructor(
    client: string,
    /** The names that there are. */
    readonly knownClients: readonly string[],
    /** What else may help, as a sentence. */
    hint?: string,
  ) {
    const shown = oneLine(client, MAX_NAME_LENGTH);
    const known = knownClients.map((name) => `'${name}'`).join(', ') || 'none';
    super(
      `There is no client '${shown}'. TokenClientModule has ${known}.${hint ? ` ${hint}` : ''} ${see('errors', 'unknown_token_client')}`,
    );
    this.client = shown;
  }
}
