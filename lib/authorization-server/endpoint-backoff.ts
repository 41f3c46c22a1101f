import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import type { Clock } from '../common/clock.js';
import { digestOf } from '../common/digest.js';
import { remainingMs } from '../common/remaining.js';
import { TokenRequestError, type NoTokenError } from './errors.js';
import { REFUSAL_MS, scopeOf } from './negative-cache.js';
import { Throttled } from './throttled.js';
import type { TokenRequest } from './token-request.js';

const MAX_CLIENTS = 1_000;
const MAX_SUBJECTS = 10_000;
/** The longest that a grant is left alone for everybody because of what users were answered. */
const MAX_FOR_ALL_MS = 30_000;

type Sender = Pick<TokenRequest, 'server' | 'credentials'>;

interface Pause {
  readonly failure: NoTokenError;
  readonly until: number;
  readonly lengthMs: number;
}

/** What a token endpoint does not want to hear from one client. */
interface ClientPauses {
  /** The client itself under '', and its grants by their names. */
  readonly grants: Map<string, Pause>;
  /** Users who were answered that there are too many requests, by grants. */
  readonly throttled: Map<string, Throttled>;
}

/**
 * What a token endpoint does not want to hear, and for how long. Each refusal stops what it is about and nothing else: the
 * client, one of its grants, or one user. Servers count the requests of a client; where the answer to one user is about all
 * shows once several of them are answered like that.
 */
export class EndpointBackoff {
  readonly #clients = new LRUCache<string, ClientPauses>(atMost(MAX_CLIENTS));
  /** Apart from the others, as users come without end: none of them makes room at the cost of a client. */
  readonly #subjects = new LRUCache<string, Pause>(atMost(MAX_SUBJECTS));

  constructor(private readonly clock: Clock) {}

  /** Remembers a refusal for as long as one counts, if it is of a kind that asking again does not change. */
  refused(request: TokenRequest, failure: NoTokenError): void {
    if (!(failure instanceof TokenRequestError)) return;
    const { grant } = request;
    const scope = scopeOf(failure, grant);
    if (scope === 'client') this.stop(request, '', failure, REFUSAL_MS);
    if (scope === 'grant') this.stop(request, grant.type, failure, REFUSAL_MS);
    if (scope !== 'subject') return;
    this.#subjects.set(wishOf(request), this.pause(failure, REFUSAL_MS));
    // What a server does not have at all, it has for nobody.
    const unsupported = failure.oauthError === 'unsupported_grant_type';
    if (unsupported && this.isAboutAll(request)) {
      this.stop(request, grant.type, failure, REFUSAL_MS);
    }
  }

  /** Leaves the server alone for as long as it wants. */
  throttled(request: TokenRequest, failure: NoTokenError, lengthMs: number): void {
    const { type, subject } = request.grant;
    if (!subject) return this.stop(request, type, failure, lengthMs);
    this.#subjects.set(subjectOf(request, subject.key), this.pause(failure, lengthMs));
    if (!this.isAboutAll(request)) return;
    this.stop(request, type, failure, Math.min(lengthMs, MAX_FOR_ALL_MS));
  }

  /** The server gives tokens for this grant, whatever it has answered to some. */
  granted({ grant, ...request }: TokenRequest): void {
    this.#clients.get(keyOf(request))?.throttled.delete(grant.type);
  }

  /** Whatever was said about the client and its grants counts no more. */
  end(request: TokenRequest): void {
    this.#clients.delete(keyOf(request));
  }

  /** Why there is nothing to ask for now, if that is so. */
  current(request: TokenRequest): NoTokenError | undefined {
    const { type, subject } = request.grant;
    const grants = this.#clients.get(keyOf(request))?.grants;
    return (
      (grants && (this.standing(grants, '') ?? this.standing(grants, type))) ??
      (subject && this.standing(this.#subjects, subjectOf(request, subject.key))) ??
      (subject && this.standing(this.#subjects, wishOf(request)))
    );
  }

  private isAboutAll({ grant, ...request }: TokenRequest): boolean {
    const { throttled } = this.of(request);
    const users = throttled.get(grant.type) ?? new Throttled(this.clock);
    throttled.set(grant.type, users);
    return grant.subject !== undefined && users.isAboutAll(grant.subject.user);
  }

  private standing(
    pauses: Pick<Map<string, Pause>, 'get' | 'delete'>,
    key: string,
  ): NoTokenError | undefined {
    const pause = pauses.get(key);
    if (!pause) return undefined;
    if (remainingMs(pause.until, this.clock.now(), pause.lengthMs) > 0) return pause.failure;
    pauses.delete(key);
    return undefined;
  }

  private stop(request: TokenRequest, grant: string, failure: NoTokenError, ms: number): void {
    this.of(request).grants.set(grant, this.pause(failure, ms));
  }

  private pause(failure: NoTokenError, lengthMs: number): Pause {
    return { failure, until: this.clock.now() + lengthMs, lengthMs };
  }

  private of(request: Sender): ClientPauses {
    const key = keyOf(request);
    const known = this.#clients.get(key);
    if (known) return known;
    const none: ClientPauses = { grants: new Map(), throttled: new Map() };
    this.#clients.set(key, none);
    return none;
  }
}

/** Servers know clients, whatever is asked for. Other credentials are worth a try. */
function keyOf({ server, credentials }: Sender): string {
  const { clientId, method, fingerprint } = credentials;
  return JSON.stringify([server, clientId, method, fingerprint]);
}

/** A digest, as it may be made of a token. */
function subjectOf(request: TokenRequest, subject: string): string {
  return digestOf([keyOf(request), request.grant.type, subject]);
}

/** All that was asked for in the name of a subject: where one API is out of reach, another may not be. */
function wishOf(request: TokenRequest): string {
  const { grant, scopes, parameters } = request;
  return digestOf([keyOf(request), grant.type, grant.subject?.key, scopes, parameters]);
}
