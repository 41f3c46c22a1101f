import { oneLine } from '../../common/excerpt.js';
import { withoutQuery } from '../../common/secure-url.js';
import { refusesGrant } from '../../authorization-server/negative-cache.js';
import type { TokenServer } from '../../authorization-server/token-request.js';
import { TokenRequestError } from '../../authorization-server/errors.js';
import { notBeforeOf, stageOf, type ExplanationInput } from './explanation-input.js';

/** What the next call will do, in one sentence. */
export function nextStep(input: ExplanationInput): string {
  const { client, fault, state, unkept } = input;
  if (fault) return `The next call fails: ${fault}`;
  if (client.kind !== 'client') return stepForUser(input);
  if (unkept) {
    return 'Every call asks the provider, as it has no cacheKey for this call under which a token could be kept.';
  }
  const missing = state?.token?.missingScopes ?? [];
  if (missing.length > 0 && client.onNarrowerScope === 'error') {
    return `The next call fails, as the token at hand lacks ${oneLine(missing.join(' '))} and onNarrowerScope is 'error'.`;
  }
  return state?.token ? stepWith(input) : stepWithout(input);
}

/** Which user that is, only the call itself knows. */
function stepForUser({ client, request }: ExplanationInput): string {
  const server = request ? nameOf(request.server) : 'the authorization server';
  switch (client.kind) {
    case 'exchange':
      return `Each call carries a token that ${server} gives for the access token of the request under way.`;
    case 'forward':
      return `Each call carries the access token of the request under way, if that is meant for ${client.forwardTo}.`;
    default:
      return `Each call carries the token of the user in whose name it is made, which ${server} refreshes when that is due.`;
  }
}

function stepWith(input: ExplanationInput): string {
  const { state, now } = input;
  const stage = stageOf(input);
  if (state?.replacing) {
    return 'The next call waits for the new token under way, as an API has refused the one at hand.';
  }
  const carries = 'The next call carries the token at hand';
  if (stage === 'fresh') return `${carries}, which is fresh.`;
  if (state?.underWay) {
    return stage === 'renewal_due'
      ? `${carries}; its renewal is under way.`
      : 'The next call waits for the renewal under way, as the token at hand is about to end.';
  }
  const until = notBeforeOf(input) ?? state?.retryAfter;
  if (until && until.getTime() > now) {
    return `${carries}, although it is due for renewal: that failed, and is not tried again before ${until.toISOString()}.`;
  }
  return stage === 'renewal_due'
    ? `${carries} and renews it in the background.`
    : 'The next call waits for a new token, as the one at hand is about to end.';
}

function stepWithout(input: ExplanationInput): string {
  const { client, request, state, tenant, tokenCache, paused } = input;
  if (state?.underWay) return 'The next call waits for the token request under way.';
  const until = notBeforeOf(input);
  if (until) {
    const failure = state?.refusedUntil ? state.lastFailure?.error : paused;
    const why = !(failure instanceof TokenRequestError)
      ? 'asked us to wait (Retry-After)'
      : refusesGrant(failure)
        ? `refused the grant ${failure.grantType}`
        : 'refused';
    return `The next call fails, as the authorization server ${why} and is not asked again before ${until.toISOString()}.`;
  }
  if (client.provider !== undefined)
    return 'The next call asks the provider, as no token is at hand.';
  if (!request) {
    return `The next call asks resolveClient about tenant '${oneLine(String(tenant), 200)}', and then the authorization server for a token.`;
  }
  return tokenCache === 'ready'
    ? `The next call looks into tokenCache, and asks ${nameOf(request.server)} for a token if there is none.`
    : `The next call asks ${nameOf(request.server)} for a token, as none is at hand.`;
}

function nameOf(server: TokenServer): string {
  return 'issuer' in server ? server.issuer : withoutQuery(server.tokenEndpoint);
}
