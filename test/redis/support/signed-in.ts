import { AuthorizationServer } from '../../support/authorization-server.js';
import { signIn } from '../../support/sign-in.js';
import type { ReplicaSetting } from '../replica/replica.orders.js';
import { ReplicaProcess } from './replica-process.js';

/** How long access tokens live, in seconds. */
const TTL_SECONDS = 75;

/** An authorization server that rotates refresh tokens, and ends the grant where one comes twice. */
export function rotatingServer(): Promise<AuthorizationServer> {
  return AuthorizationServer.start({ accessTokenTtlSeconds: TTL_SECONDS });
}

/** Replicas that share a user whose access token has ended. The server has counted nothing yet. */
export async function startWithExpired(
  user: string,
  server: AuthorizationServer,
  settings: readonly ReplicaSetting[],
): Promise<ReplicaProcess[]> {
  const replicas = await ReplicaProcess.start(...settings);
  const { expiresIn: expiresInSeconds, ...tokens } = await signIn(server, { user });
  await replicas[0]?.tell('signIn', user, { ...tokens, expiresInSeconds });
  for (const replica of replicas) await replica.tell('advance', (TTL_SECONDS + 5) * 1000);
  server.clear();
  return replicas;
}

/** Options of an application whose client `api` sends the token of the user. */
export function userOptions(server: AuthorizationServer, backchannel: { timeoutMs?: number } = {}) {
  const api = { baseURL: 'https://api.example.com', token: 'user' } as const;
  return { issuer: server.issuer, backchannel, clients: { api } };
}

/** The refresh token that the server gave out last. */
export function lastRefreshToken(server: AuthorizationServer): string {
  return String(server.tokenExchanges.at(-1)?.body['refresh_token']);
}
