import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Budget } from '../../common/budget.js';
import { excerpt, oneLine } from '../../common/excerpt.js';
import { LogThrottle } from '../../common/log-throttle.js';
import type { HttpRequest } from '../transports/http/bearer-credentials.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import {
  InvalidRequestError,
  InvalidTokenError,
  type InvalidTokenReason,
  KeysUnavailableError,
  MissingTokenError,
  type RequestRefusedError,
} from '../errors.js';
import { IssuerRegistry } from '../issuers/issuer-registry.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import type { DecodedToken, JwtClaims } from '../verification/decode-token.js';
import { schemeAdvice, shownScheme } from './authorization-scheme.js';
import { adviceFor } from './refusal-advice.js';
import { MALFORMED_REQUEST, NO_BEARER, pageOf } from './refusal-page.js';
import { partsOf, refusedToken } from './refused-token.js';
import { mayShowDebug } from './debug-level.js';

/** What happens to good clients every day, and what the application decides itself. All else points to a mistake. */
const ORDINARY: ReadonlySet<InvalidTokenReason> = new Set([
  'expired',
  'not_yet_valid',
  'revoked',
  'rejected',
]);
const MAX_DETAIL_LENGTH = 1_000;
const MAX_LINES_OF_TENANTS = 20;
/** How many refusals are told apart by what to do about them, which takes longer than to refuse them. */
const ADVICES = { inARow: 100, refillMs: 200 };
const FLOOD = 'flood';

/**
 * Tells whoever runs the service why requests are refused, and never a token. What points to a mistake in a configuration
 * is a warning: one for each issuer and reason, and then one a minute with how many more there were. Issuers that are
 * not trusted count as one, as anybody can make up any number of them. All the rest is told at level `debug`.
 */
@Injectable()
export class RefusalLog {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly throttle: LogThrottle;
  /** Tenants leave no less room for the issuers of the options, however many there are. */
  private readonly tenants: LogThrottle;

  private readonly advices: Budget;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly issuers: IssuerRegistry,
  ) {
    this.advices = new Budget(options.clock, ADVICES.inARow, ADVICES.refillMs);
    this.throttle = new LogThrottle(options.clock);
    this.tenants = new LogThrottle(options.clock, undefined, MAX_LINES_OF_TENANTS);
  }

  /** A token came, and was refused. */
  token(raw: string, error: unknown): void {
    if (error instanceof InvalidTokenError) {
      const isOrdinary = ORDINARY.has(error.reason);
      if (isOrdinary && !mayShowDebug()) return;
      const token = partsOf(raw);
      if (!isOrdinary && this.warnOf(raw, token, error)) return;
      this.debug(raw, token, `${error.reason}: ${error.detail}${audienceIn(token.claims, error)}`);
    } else if (error instanceof KeysUnavailableError && mayShowDebug()) {
      this.debug(raw, partsOf(raw), `${error.code}: ${error.detail}`);
    }
  }

  /** The request itself is malformed, or has credentials that are none of the scheme Bearer. */
  request({ headers: { authorization } }: HttpRequest, error: RequestRefusedError): void {
    if (error instanceof InvalidRequestError) {
      const { description } = error.refusal;
      const text = `Refused a request: ${description}. ${MALFORMED_REQUEST}`;
      this.warn(this.throttle, description, () => text);
    } else if (error instanceof MissingTokenError && authorization !== undefined) {
      const scheme = shownScheme(authorization);
      const text = `Refused a request: its Authorization header came ${scheme}. ${schemeAdvice(scheme)} ${NO_BEARER}`;
      this.warn(this.throttle, scheme, () => text);
    }
  }

  private warnOf(raw: string, decoded: DecodedToken, error: InvalidTokenError): boolean {
    const token = refusedToken(raw, error, this.options, decoded);
    const { iss } = token.claims;
    // A flood is told as one, whatever is to be done about each token of it.
    const kind = this.advices.take() ? adviceFor(token)?.name : FLOOD;
    const isEstablished = this.issuers.isEstablished(iss);
    const isTenant = isEstablished && !this.options.knownIssuers.rulesOf(iss);
    const subject = [error.reason, kind, isEstablished ? iss : undefined];
    return this.warn(isTenant ? this.tenants : this.throttle, JSON.stringify(subject), () => {
      const advice = adviceFor(token);
      return `${shown(raw, token)}: ${error.reason}: ${shownDetail(error)}${audienceIn(token.claims, error)}${advice ? `. ${advice.text}` : ''} ${pageOf(error.reason)}`;
    });
  }

  /** Whether it was told. */
  private warn(throttle: LogThrottle, subject: string, text: () => string): boolean {
    const line = throttle.line(subject, text);
    if (line === undefined) return false;
    this.logger.warn(line);
    return true;
  }

  private debug(raw: string, token: DecodedToken, why: string): void {
    if (mayShowDebug()) this.logger.debug(`${shown(raw, token)}: ${why}`);
  }
}

/** A token by its hash, and by what it says of its origin, whether true or not. */
function shown(raw: string, { header, claims }: DecodedToken): string {
  const digest = createHash('sha256').update(raw).digest('hex').slice(0, 12);
  const origin =
    claims['iss'] === undefined ? '' : ` of ${excerpt(claims['iss'])}, kid ${excerpt(header.kid)}`;
  return `Refused token ${digest}${origin}`;
}

/** What a schema says may quote any claim of a person: that is for the level `debug`. */
function shownDetail({ detail }: InvalidTokenError): string {
  return detail.startsWith('claimsSchema')
    ? 'claimsSchema refuses them; why is told at level debug'
    : oneLine(detail, MAX_DETAIL_LENGTH);
}

/** Whom it is for tells much of what is wrong with a token that nobody here can check. */
function audienceIn({ aud }: JwtClaims, { reason }: InvalidTokenError): string {
  const isUnverified = reason === 'key' || reason === 'signature' || reason === 'algorithm';
  return isUnverified ? `; aud ${excerpt(aud)}, unverified` : '';
}
