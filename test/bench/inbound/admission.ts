import type { Issuer } from './issuer.js';
import { type Algorithm, type Contestant, CONTESTANTS } from './plan.js';
import type { BenchServer } from './bench-server.js';

/** Nobody takes part who lets the wrong ones in: a check that is left out is fast. */
export async function checkAdmission(
  issuer: Issuer,
  servers: readonly BenchServer[],
  algorithms: readonly Algorithm[],
): Promise<void> {
  for (const server of servers) {
    const contestant = CONTESTANTS.find(({ name }) => name === server.name);
    for (const algorithm of contestant?.algorithms ?? algorithms) {
      if (algorithms.includes(algorithm)) await check(issuer, server, algorithm, contestant);
    }
  }
}

async function check(
  issuer: Issuer,
  server: BenchServer,
  algorithm: Algorithm,
  contestant: Contestant | undefined,
): Promise<void> {
  const isOpen = !contestant || contestant.name === 'twin';
  const now = Math.floor(Date.now() / 1000);
  const good = await issuer.mint(algorithm);
  const cases: [what: string, token: string | undefined, status: number][] = [
    ['a good token', good, 200],
    ['no token', undefined, isOpen ? 200 : 401],
  ];
  if (!isOpen) {
    const misaddressed = await issuer.mint(algorithm, { aud: 'https://other.example.com' });
    const expired = await issuer.mint(algorithm, { iat: now - 7200, exp: now - 3600 });
    cases.push(['a tampered token', tampered(good), 401]);
    cases.push(['a token for another audience', misaddressed, 401]);
    cases.push(['an expired token', expired, 401]);
  }
  for (const [what, token, expected] of cases) {
    const headers = token ? { authorization: `Bearer ${token}` } : undefined;
    const { status } = await fetch(`http://127.0.0.1:${server.port}/`, headers ? { headers } : {});
    if (status === expected) continue;
    throw new Error(
      `${server.name} on ${server.platform}, ${algorithm}: ${what} was answered with ${status} instead of ${expected}. No contest.`,
    );
  }
}

/** The same signature over another subject. */
function tampered(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' }));
  return `${header}.${changed.toString('base64url')}.${signature}`;
}
