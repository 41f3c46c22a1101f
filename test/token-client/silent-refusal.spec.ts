import { isSilentRefusal } from '../../lib/token-client/acquisition/silent-refusal.js';

describe('isSilentRefusal', () => {
  it.each([
    [400, ''],
    [403, ''],
    [400, ' \n'],
    [400, '{}'],
    [403, '{}'],
    [400, '{"message":"gone"}'],
    [400, '{"error":{"code":4}}'],
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
  ])('says no to %i %p', async (status, body) => {
    const answer = new Response(body, { status });
    expect(await isSilentRefusal(answer)).toBe(false);
    expect(await answer.text()).toBe(body);
  });
});
