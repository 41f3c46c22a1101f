import { isSilentRefusal } from '../../lib/authorization-server/silent-refusal.js';

describe('isSilentRefusal', () => {
  it.each([
    [400, ''],
    [403, ''],
    [400, ' \n'],
    [400, '{}'],
    [403, '{}'],
    [400, '{"message":"gone"}'],
    [400, '{"error":{"code":4}}'],
    [400, '{"message":"Invalid refresh token"}'],
    [400, '{"errors":[{"detail":"The session has expired"}]}'],
    [400, '{"error_description":"grant not found"}'],
    [400, '{"error":null,"message":"REFRESH_TOKEN_REVOKED","path":"/oauth/token"}'],
  ])('says yes to %i %p', async (status, body) => {
    expect(await isSilentRefusal(new Response(body, { status }))).toBe(true);
  });

  it.each([
    [200, ''],
    [401, ''],
    [404, ''],
    [408, ''],
    [429, ''],
    [500, ''],
    [503, '{}'],
    [400, '<html>'],
    [403, '<html>'],
    [403, '{"message":"Forbidden"}'],
    [400, '{"error":"temporarily_unavailable"}'],
    [400, '{"message":"too many requests"}'],
    [400, '{"message":"Too many token requests"}'],
    [400, '{"message":"token bucket: rate limit reached"}'],
    [400, '{"message":"The token service is busy, please try again"}'],
    [400, '{"errors":["rate limited"]}'],
    [400, '{"error_description":"down for maintenance"}'],
    [400, '{"error":{"code":429}}'],
    [400, '{"error":{"code":503,"message":"token"}}'],
    [400, '{"message":"The client secret has expired"}'],
    [400, '{"message":"Bad Request","path":"/oauth/token","grant_type":"refresh_token"}'],
    [400, '{"code":4}'],
    [400, '{"a":{"b":{"c":{"d":{"e":{"f":"token"}}}}}}'],
    [403, '{"message":"Invalid refresh token"}'],
    [400, '["invalid refresh token"]'],
  ])('says no to %i %p', async (status, body) => {
    const answer = new Response(body, { status });
    expect(await isSilentRefusal(answer)).toBe(false);
    expect(await answer.text()).toBe(body);
  });
});
