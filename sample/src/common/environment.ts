/**
 * Where the samples listen and find one another. All of it can be set by the environment; the defaults
 * let them run side by side on one machine.
 */
export const environment = {
  identityServerPort: () => port('IDENTITY_SERVER_PORT', 5001),
  apiPort: () => port('API_PORT', 6001),
  ordersPort: () => port('ORDERS_PORT', 6002),
  gatewayPort: () => port('GATEWAY_PORT', 6003),
  webPort: () => port('WEB_PORT', 6004),
  issuer: () => process.env['ISSUER'] ?? local(environment.identityServerPort()),
  apiUrl: () => process.env['API_URL'] ?? local(environment.apiPort()),
  ordersUrl: () => process.env['ORDERS_URL'] ?? local(environment.ordersPort()),
  /** Where a browser finds the web application. The identity server sends users back only to there. */
  webUrl: () => process.env['WEB_URL'] ?? local(environment.webPort()),
  /** The Redis that replicas of the gateway and of the web application share. Without it each is on its own. */
  redisUrl: () => process.env['REDIS_URL'] || undefined,
  /** What encrypts tokens on their way to Redis, the newest key first. There is no default: a key that is public is none. */
  tokenEncryptionKeys: () =>
    required('TOKEN_ENCRYPTION_KEYS', 'several with commas between them').split(','),
  /** What signs the session cookies of all replicas of the web application. */
  sharedSessionSecret: () =>
    required('WEB_SESSION_SECRET', 'or any other long text that is secret'),
};

/** A secret that all replicas have in common. */
function required(name: string, hint: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(
      `${name} must be set where REDIS_URL is, to the same in all replicas: what "openssl rand -base64 32" prints; ${hint}.`,
    );
  }
  return value;
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
