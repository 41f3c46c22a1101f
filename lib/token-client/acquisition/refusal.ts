import { remainingMs } from '../../common/remaining.js';
import { TokenRequestError } from '../errors.js';

const KEEP_MS = 30_000;
/** What asking again does not change. Anything else may be gone with the next attempt. */
const LASTING = new Set(['invalid_client', 'unauthorized_client', 'invalid_scope']);

/** A refusal that is remembered for 30 s, so that a wrong secret locks no account and floods no server. */
export class Refusal {
  private constructor(
    readonly error: TokenRequestError,
    private readonly until: number,
  ) {}

  /** Nothing for errors that are not worth remembering. */
  static of(error: unknown, now: number): Refusal | undefined {
    return error instanceof TokenRequestError && LASTING.has(error.oauthError)
      ? new Refusal(error, now + KEEP_MS)
      : undefined;
  }

  get endsAt(): Date {
    return new Date(this.until);
  }

  stands(now: number): boolean {
    return remainingMs(this.until, now, KEEP_MS) > 0;
  }
}
