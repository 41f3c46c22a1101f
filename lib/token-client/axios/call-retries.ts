import type { AxiosResponse } from 'axios';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import { challengesOf, headerOf } from '../calls/answer-headers.js';
import { ReauthenticationRequiredError } from '../../user-tokens/user-token.errors.js';
import type { AxiosCall } from './axios-call.js';
import type { CallingClient } from '../calls/calling-client.js';
import type { Challenge } from '../calls/challenge.js';
import { discardBody } from '../calls/discard-body.js';
import { mayRetry } from '../calls/retry-on-401.policy.js';
import { isReplayable } from '../calls/replayable-body.js';
import { tokenOfCall } from './token-of-call.js';

/**
 * What can still be done about the 401s of one call: one renewal of the token, and one more proof for an
 * API that demands its nonce. Each has a budget of its own, so that a call is sent three times at most.
 */
export class CallRetries {
  #renewed = false;
  #nonceGiven = false;

  constructor(
    private readonly client: CallingClient,
    private readonly call: AxiosCall,
  ) {}

  /**
   * The token to send the call with once more; nothing where the 401 is the answer.
   *
   * @throws {ReauthenticationRequiredError} the authorization server says that it is over: no call brings an answer any more
   */
  async next(token: IssuedToken, refusal: AxiosResponse): Promise<IssuedToken | undefined> {
    if (!isReplayable(this.call.config.data)) return undefined;
    const challenges = challengesOf(refusal);
    const next = this.demandsNonce(token, refusal, challenges)
      ? token
      : await this.renewed(token, refusal.status, challenges).catch((error: unknown) => {
          discardBody(refusal.data);
          throw error;
        });
    if (next) discardBody(refusal.data);
    return next;
  }

  /** RFC 9449 section 9. The API has done nothing yet, so that any method may be repeated. */
  private demandsNonce(
    { possession }: IssuedToken,
    refusal: AxiosResponse,
    challenges: readonly Challenge[],
  ): boolean {
    if (!possession?.dpop || this.#nonceGiven || refusal.status !== 401) return false;
    const { origin } = new URL(this.call.target);
    const known = possession.dpop.nonces.of(origin);
    const demanded =
      known !== undefined &&
      known === headerOf(refusal, 'dpop-nonce') &&
      challenges.some(
        ({ scheme, parameters }) => scheme === 'dpop' && parameters['error'] === 'use_dpop_nonce',
      );
    this.#nonceGiven ||= demanded;
    return demanded;
  }

  private async renewed(
    token: IssuedToken,
    status: number,
    challenges: readonly Challenge[],
  ): Promise<IssuedToken | undefined> {
    const { name, retryOn401, tokens, observer, place } = this.client;
    const { method, url } = this.call;
    if (
      this.#renewed ||
      !mayRetry(retryOn401, { client: name, method, url, status, challenges }, place.scheme)
    )
      return undefined;
    this.#renewed = true;
    // A renewal that fails has its own place to be told. This caller asked the API, which said 401;
    // one who gave up meanwhile is told that by Axios.
    const next = await tokenOfCall(tokens, this.call, token).catch((error: unknown) => {
      if (error instanceof ReauthenticationRequiredError && error.byServer) throw error;
      return undefined;
    });
    if (!next || next.accessToken === token.accessToken) return undefined;
    observer.retriedAfter401(name);
    return next;
  }
}
