import { remainingMs } from '../../common/remaining.js';
import { TokenRequestError } from '../errors.js';

export const REFUSAL_MS = 30_000;
/** What is about the client, whatever it asks for. */
const CLIENT_REFUSALS: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client']);
/** What asking again does not change. Anything else may be gone with the next attempt. */
const LASTING: ReadonlySet<string> = new Set([...CLIENT_REFUSALS, 'invalid_scope']);

/** Whether the server refuses the client itself: a hundred tokens are no reason for a hundred attempts. */
export function refusesClient(error: unknown): boolean {
  return error instanceof TokenRequestError && CLIENT_REFUSALS.has(error.oauthError);
}

/** A refusal that is remembered for 30 s, so that a wrong secret locks no account and floods no server. */
export class Refusal {
  private constructor(
    readonly error: TokenRequestError,
    private readonly until: number,
  ) {}

  /** Nothing for errors that are not worth remembering. */
  static of(error: unknown, now: number): Refusal | undefined {
    return error instanceof TokenRequestError && LASTING.has(error.oauthError)
      ? new Refusal(error, now + REFUSAL_MS)
      : undefined;
  }

  get endsAt(): Date {
    return new Date(this.until);
  }

  stands(now: number): boolean {
    return remainingMs(this.until, now, REFUSAL_MS) > 0;
  }
}
