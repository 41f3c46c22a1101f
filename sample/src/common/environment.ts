import { hkdfSync } from 'node:crypto';

/** Where the web application listens, if nothing else is said. */
const WEB_PORT = 6004;

/**
 * Where the samples listen and find one another. All of it can be set by the environment; the defaults
 * let them run side by side on one machine.
 */
export const environment = {
  identityServerPort: () => port('IDENTITY_SERVER_PORT', 5001),
  apiPort: () => port('API_PORT', 6001),
  ordersPort: () => port('ORDERS_PORT', 6002),
  gatewayPort: () => port('GATEWAY_PORT', 6003),
  webPort: () => port('WEB_PORT', WEB_PORT),
  issuer: () => process.env['ISSUER'] ?? local(environment.identityServerPort()),
  apiUrl: () => process.env['API_URL'] ?? local(environment.apiPort()),
  ordersUrl: () => process.env['ORDERS_URL'] ?? local(environment.ordersPort()),
  /**
   * Where a browser finds the web application. The identity server sends users back only to there, so replicas have it in
   * common: a load balancer would listen there, and here it is one of them that does.
   */
  webUrl: () =>
    process.env['WEB_URL'] ?? local(environment.redisUrl() ? WEB_PORT : environment.webPort()),
  /** The Redis that replicas of the gateway and of the web application share. Without it each is on its own. */
  redisUrl: () => process.env['REDIS_URL'] || undefined,
  /**
   * What encrypts tokens on their way to Redis, the newest key first. In earnest one gives keys of their own: a client secret
   * changes for other reasons, and a key that is made from it opens nothing from then on. Nor is it any better than that
   * secret, which is public where it is the default of this sample.
   */
  tokenEncryptionKeys: (clientSecret: string) =>
    (process.env['TOKEN_ENCRYPTION_KEYS'] || derived(clientSecret, 'token encryption')).split(','),
  /** What signs the session cookies of all replicas of the web application. The same goes for it. */
  sharedSessionSecret: (clientSecret: string) =>
    process.env['WEB_SESSION_SECRET'] || derived(clientSecret, 'session cookies'),
};

/** A key of 32 bytes for one use, the same in all replicas: they have the secret of their client in common already. */
function derived(clientSecret: string, use: string): string {
  const info = `nestjs-access-tokens sample: ${use}`;
  return Buffer.from(hkdfSync('sha256', clientSecret, '', info, 32)).toString('base64');
}

function local(atPort: number): string {
  return `http://127.0.0.1:${atPort}`;
}

function port(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new Error(`${name} must be a port number, 0 to 65535, but is "${process.env[name]}".`);
  }
  return value;
}
