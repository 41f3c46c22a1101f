import { TokenEndpointUnavailableError, TokenRequestError } from 'nestjs-access-tokens';
import { RenewalBackoff } from '../../lib/token-client/cache/renewal-backoff.js';

const NOW = 1_000_000;
const endpoint = 'https://id.example.com/token';

function unavailable(retryAt?: Date) {
  return new TokenEndpointUnavailableError({ client: 'a', endpoint, reason: 'is down', retryAt });
}

function refused(oauthError: string) {
  return new TokenRequestError({
    client: 'a',
    endpoint,
    status: 400,
    oauthError,
    oauthErrorDescription: undefined,
  });
}

/** Until when each of so many failures in a row has the token left alone, in milliseconds after it. */
function rests(failures: number, alive: boolean): (number | undefined)[] {
  const backoff = new RenewalBackoff();
  return Array.from({ length: failures }, () => {
    backoff.note(unavailable(), NOW, alive);
    const until = backoff.retryAfter(NOW)?.getTime();
    return until === undefined ? undefined : until - NOW;
  });
}

describe('what has gone wrong with a token', () => {
  it('leaves a token that still lives alone for five seconds', () => {
    expect(rests(3, true)).toEqual([5_000, 5_000, 5_000]);
  });

  it('leaves one that has ended alone for longer with each failure in a row from the third on', () => {
    expect(rests(9, false)).toEqual([200, 200, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('has callers ask twice, and then only after the rest', () => {
    const backoff = new RenewalBackoff();
    const errors = [unavailable(), unavailable(), unavailable()];
    const blocked = errors.map((error) => {
      backoff.note(error, NOW, false);
      return backoff.blockedBy(NOW);
    });
    expect(blocked).toEqual([undefined, undefined, errors[2]]);
    expect(backoff.blockedBy(NOW + 199)).toBe(errors[2]);
    expect(backoff.blockedBy(NOW + 200)).toBeUndefined();
  });

  it('is as long as the server says, and five minutes at most', () => {
    const backoff = new RenewalBackoff();
    backoff.note(unavailable(new Date(NOW + 60_000)), NOW, true);
    expect(backoff.retryAfter(NOW + 59_999)).toEqual(new Date(NOW + 60_000));
    expect(backoff.retryAfter(NOW + 60_000)).toBeUndefined();
  });

  it('remembers a refusal for thirty seconds, and tells of it once', () => {
    const backoff = new RenewalBackoff();
    const error = refused('invalid_scope');
    expect(backoff.note(error, NOW, false).refused?.error).toBe(error);
    expect(backoff.note(refused('invalid_scope'), NOW, false).refused).toBeUndefined();
    expect(backoff.refusedUntil(NOW)).toEqual(new Date(NOW + 30_000));
    expect(backoff.blockedBy(NOW + 29_999)).toBeInstanceOf(TokenRequestError);
    expect(backoff.refusedUntil(NOW + 30_000)).toBeUndefined();
  });

  it('tells when renewals begin to fail, and when the token has ended of it', () => {
    const backoff = new RenewalBackoff();
    const told = [true, true, false, false].map(
      (alive) => backoff.note(unavailable(), NOW, alive).trouble,
    );
    expect(told).toEqual(['renewal', undefined, 'ended', undefined]);
  });

  it('is no trouble where there never was a token', () => {
    expect(new RenewalBackoff().note(unavailable(), NOW, false).trouble).toBeUndefined();
  });
});
