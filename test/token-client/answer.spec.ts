import { AxiosError } from 'axios';
import {
  ClientSecretUnavailableError,
  ConfigurationError,
  InvalidTokenOptionsError,
  NoUserError,
  OriginNotAllowedError,
  ReauthenticationRequiredError,
  TokenEndpointUnavailableError,
  TokenRequestError,
  UserReferenceError,
  UserTokenStoreError,
} from 'nestjs-access-tokens';
import { Answerable } from '../../lib/token-client/exceptions/answerable.js';
import { answerTo } from '../../lib/token-client/exceptions/answer.js';
import { LoginFailedError } from '../../lib/user-login/errors.js';
import { noteFailedCall } from '../../lib/token-client/axios/failed-call.js';

const NOW = Date.UTC(2026, 0, 1);
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ON_BEHALF_OF = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const client = 'api';
const endpoint = 'https://login.example.com/token';

const refusal = (oauthError: string, grantType: string, more = {}) =>
  Object.assign(
    new TokenRequestError({ client, endpoint, status: 400, oauthError, grantType }),
    more,
  );

function failedCall(more: object): AxiosError {
  const error = Object.assign(new AxiosError('said by the API'), more);
  noteFailedCall(error, client);
  return error;
}

describe('answerTo', () => {
  it.each([
    [new ReauthenticationRequiredError(client, 'it is over'), 401],
    [new NoUserError(client), 401],
    [new UserReferenceError('contradiction'), 401],
    [refusal('invalid_grant', EXCHANGE), 401],
    [refusal('invalid_grant', ON_BEHALF_OF), 401],
    [refusal('invalid_request', EXCHANGE), 401],
    [refusal('interaction_required', ON_BEHALF_OF), 401],
    [refusal('access_denied', EXCHANGE), 401],
    [refusal('invalid_client', EXCHANGE), 503],
    [refusal('invalid_scope', EXCHANGE), 503],
    [refusal('invalid_grant', 'client_credentials'), 503],
    [refusal('invalid_client', 'refresh_token'), 503],
    [new TokenEndpointUnavailableError({ client, endpoint, reason: 'gone' }), 503],
    [new ClientSecretUnavailableError(client, 'threw'), 503],
    [new InvalidTokenOptionsError(client, ['exchange.actorToken: gone.']), 503],
    [new UserTokenStoreError('read', 'gone'), 503],
    [failedCall({ response: { status: 500 } }), 502],
    [failedCall({ response: { status: 404 } }), 502],
    [failedCall({ code: 'ECONNREFUSED' }), 502],
    [failedCall({ code: 'ETIMEDOUT' }), 504],
    [failedCall({ code: 'ECONNABORTED' }), 504],
  ])('answers %s with %i', (error, status) => {
    expect(error instanceof Answerable).toBe(true);
    const answer = answerTo(error, NOW);
    expect(answer.status).toBe(status);
    expect(answer.retryAfterSeconds !== undefined).toBe(status === 503);
    expect(answer.challenge !== undefined).toBe(status === 401);
    expect(answer.message).not.toMatch(/said|gone|api|example/);
  });

  it.each([
    new ConfigurationError('TokenClientModule', ['fault']),
    new OriginNotAllowedError(client, 'https://elsewhere.example.com', []),
    new UserReferenceError('forged'),
    new LoginFailedError(503, 'gone'),
    new AxiosError('of a client that is not ours'),
    new Error('any'),
    undefined,
    'text',
  ])('leaves %s alone', (error) => {
    expect(error instanceof Answerable).toBe(false);
  });

  it('hands claims on, whatever the error is called', () => {
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
    const challenge = `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`;
    for (const more of [{ claims }, { details: { claims } }]) {
      expect(answerTo(refusal('invalid_grant', ON_BEHALF_OF, more), NOW).challenge).toBe(challenge);
      expect(answerTo(refusal('anything', EXCHANGE, more), NOW).challenge).toBe(challenge);
    }
  });

  it.each(['no JSON', '"text"', '', `{"a":"${'x'.repeat(4_000)}"}`, 5, { a: 1 }])(
    'hands on no claims that are %p',
    (claims) => {
      const answer = answerTo(refusal('invalid_grant', ON_BEHALF_OF, { claims }), NOW);
      expect(answer.challenge).toBe('Bearer error="invalid_token"');
    },
  );

  it.each([
    [NOW + 7_200, 8],
    [NOW - 5_000, 1],
    [NOW + 86_400_000, 300],
  ])('says when to come back', (retryAt, seconds) => {
    const error = new TokenEndpointUnavailableError({
      client,
      endpoint,
      reason: 'busy',
      status: 429,
      retryAt: new Date(retryAt),
    });
    expect(answerTo(error, NOW).retryAfterSeconds).toBe(seconds);
  });
});
