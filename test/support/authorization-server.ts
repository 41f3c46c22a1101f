import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { importJWK, SignJWT, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose';
import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ClientRegistration } from '../../sample/src/identity-server/client.registration.js';
import {
  apis as sampleApis,
  clients as serviceClients,
  users as sampleUsers,
  webClient,
} from '../../sample/src/identity-server/identity-server.config.js';
import { close, listen } from '../../sample/src/identity-server/identity-server.js';
import { memoryAdapter } from '../../sample/src/identity-server/memory.adapter.js';
import { createProvider } from '../../sample/src/identity-server/provider.factory.js';
import type { Api } from '../../sample/src/identity-server/provider.options.js';
import {
  createSigningKey,
  type SigningAlgorithm,
  type SigningKey,
} from '../../sample/src/identity-server/signing-key.js';
import {
  kindOf,
  TrafficRecorder,
  type RequestKind,
  type Revocation,
  type TokenExchange,
} from '../../sample/src/identity-server/traffic.recorder.js';
import type { User } from '../../sample/src/identity-server/users.js';
import { noteTraffic } from './leak-watch.js';

const host = '127.0.0.1';

/** The web application of the sample, at the address that it has by default. Nothing listens there. */
export const sampleWebClient = webClient('http://127.0.0.1:6004');
const sampleClients: readonly ClientRegistration[] = [...serviceClients, sampleWebClient];

export interface AuthorizationServerOptions {
  /** Default: the APIs of the sample, https://api.example.com and https://orders.example.com */
  apis?: readonly Api[];
  /** Default: the clients of the sample. */
  clients?: readonly ClientRegistration[];
  /** Default: alice and bob, whose passwords are `alice-password` and `bob-password`. */
  users?: readonly User[];
  /** Of all access tokens, those of users included. Default: 3600 */
  accessTokenTtlSeconds?: number;
  /** Default: 14 days */
  refreshTokenTtlSeconds?: number;
  /** Of the signing keys. Default: RS256 */
  algorithm?: SigningAlgorithm;
  /** More settings of oidc-provider. */
  configuration?: Configuration;
}

/**
 * Sees every request first. Whoever answers it returns true; anything else leaves it to oidc-provider.
 * A promise delays the answer.
 */
export type Interceptor = (
  kind: RequestKind,
  request: IncomingMessage,
  response: ServerResponse,
) => boolean | void | Promise<boolean | void>;

/** A real authorization server in this process: the one of the sample, with handles for tests. */
export class AuthorizationServer {
  /** What to do with a request before the authorization server does; for faults and delays. */
  intercept: Interceptor | undefined;

  /**
   * How often a refresh token was presented that had been presented before, also when both came at the
   * same moment; since the start or the last `clear()`.
   */
  refreshTokenReuses = 0;
  /** How many grants have come to their end, by revocation, reuse or sign-out; since the last `clear()`. */
  revokedGrants = 0;

  private readonly traffic = new TrafficRecorder();
  private readonly presented = new Set<unknown>();
  private readonly registered: ClientRegistration[] = [];
  private adapter = memoryAdapter();
  private provider: Provider | undefined;
  private keys: SigningKey[] = [];
  private port = 0;
  private server: Server | undefined;
  private answer: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined;

  private constructor(private readonly options: AuthorizationServerOptions) {}

  /** Starts one on 127.0.0.1, on a free port, over plain http. */
  static async start(options: AuthorizationServerOptions = {}): Promise<AuthorizationServer> {
    const server = new AuthorizationServer(options);
    noteTraffic(() => server.secrets());
    await server.start();
    return server;
  }

  get issuer(): string {
    return `http://${host}:${this.port}`;
  }

  /** How often each kind of endpoint was asked since the start or the last `clear()`. */
  get requests(): Record<RequestKind, number> {
    return this.traffic.requests;
  }

  /** The last token requests, oldest first, with their answers. */
  get tokenExchanges(): readonly TokenExchange[] {
    return this.traffic.tokenExchanges;
  }

  /** The last requests to revoke a token, oldest first. */
  get revocations(): readonly Revocation[] {
    return this.traffic.revocations;
  }

  /** The private key that signs at the moment. */
  get signingKey(): SigningKey {
    const [key] = this.keys;
    if (!key) {
      throw new Error('The authorization server has not been started.');
    }
    return key;
  }

  /** Forgets the counts and lifts the interceptor. Keys, clients and who is signed in stay. */
  clear(): void {
    this.traffic.clear();
    this.intercept = undefined;
    this.refreshTokenReuses = 0;
    this.revokedGrants = 0;
  }

  /** Adds a client, or changes one: the address of an application is known only when it is there. */
  register(client: ClientRegistration): void {
    const at = this.registered.findIndex(({ client_id }) => client_id === client.client_id);
    this.registered.splice(at < 0 ? this.registered.length : at, 1, client);
    this.configure();
  }

  /** Whether this refresh token would be taken: it is known, unused, and its grant is in force. */
  async isAlive(refreshToken: string): Promise<boolean> {
    return (await this.grantOf(refreshToken)) !== undefined;
  }

  /** Ends the grant of a refresh token behind the back of the client, as an administrator could. */
  async revokeGrantOf(refreshToken: string): Promise<void> {
    const grant = await this.grantOf(refreshToken);
    if (!grant) throw new Error('There is no grant of this refresh token.');
    await this.provider?.RefreshToken.revokeByGrantId(grant.jti);
    await grant.destroy();
  }

  /** Signs everybody out and forgets all refresh tokens, as when the memory of the server is lost. */
  forgetUsers(): void {
    this.adapter = memoryAdapter();
    this.configure();
  }

  // What may be shown nowhere: the secrets of the clients, and all that was sent and given out.
  private *secrets(): Iterable<[string, unknown][]> {
    for (const client of this.options.clients ?? sampleClients) {
      const { client_id: id, client_secret: secret } = client;
      if (secret) yield [secret, btoa(`${id}:${secret}`)].map((form) => ['client_secret', form]);
    }
    for (const { parameters, body } of this.tokenExchanges) {
      yield Object.entries(parameters);
      yield Object.entries(body);
    }
  }

  /** Starts again after `stop()`, on the same port and with the same keys. */
  async start(): Promise<void> {
    if (this.keys.length === 0) {
      this.keys.push(await createSigningKey(this.options.algorithm));
    }
    const server = createServer((request, response) => void this.handle(request, response));
    // On a busy machine it would close connections just as they are used again.
    server.keepAliveTimeout = 0;
    this.port = await listen(server, this.port, host);
    this.server = server;
    this.configure();
  }

  /** From now on connections are refused, as when the process is gone. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) {
      await close(server);
    }
  }

  /** Signs with a new key from now on. The old one stays published unless `keepOld` is false. */
  async rotateKey({
    keepOld = true,
    algorithm = this.options.algorithm,
  } = {}): Promise<SigningKey> {
    const key = await createSigningKey(algorithm);
    this.keys = keepOld ? [key, ...this.keys] : [key];
    this.configure();
    return key;
  }

  /**
   * An access token as this server would make it, with claims and header changed at will; `undefined`
   * leaves a claim out. The key is the server's own unless another one is given.
   */
  async sign(
    claims: Record<string, unknown> = {},
    header: Partial<JWTHeaderParameters> = {},
    key: JWK = this.signingKey,
  ): Promise<string> {
    const alg = header.alg ?? key.alg ?? 'RS256';
    const now = Math.floor(Date.now() / 1000);
    const payload: JWTPayload = withoutUndefined({
      iss: this.issuer,
      aud: (this.options.apis ?? sampleApis)[0]?.identifier,
      sub: 'client',
      client_id: 'client',
      iat: now,
      exp: now + 300,
      jti: crypto.randomUUID(),
      ...claims,
    });
    return new SignJWT(payload)
      .setProtectedHeader({ ...withoutUndefined({ typ: 'at+jwt', kid: key.kid, ...header }), alg })
      .sign(await importJWK(key, alg));
  }

  private configure(): void {
    const { apis = sampleApis, clients = sampleClients, algorithm: _, ...rest } = this.options;
    const known = new Map([...clients, ...this.registered].map((each) => [each.client_id, each]));
    const provider = createProvider({
      users: sampleUsers,
      ...rest,
      issuer: this.issuer,
      jwks: { keys: [this.signingKey, ...this.keys.slice(1)] },
      apis,
      clients: [...known.values()],
      // The same one for each configuration: new keys and new clients sign nobody out.
      configuration: { adapter: this.adapter, ...rest.configuration },
    });
    this.traffic.watch(provider);
    this.watchGrants(provider);
    this.provider = provider;
    this.answer = provider.callback();
  }

  private async grantOf(refreshToken: string) {
    const found = await this.provider?.RefreshToken.find(refreshToken);
    if (!found?.grantId || found.consumed) return undefined;
    return this.provider?.Grant.find(found.grantId);
  }

  private watchGrants(provider: Provider): void {
    const note = (ctx: KoaContextWithOIDC) => {
      const { grant_type, refresh_token } = { ...ctx.oidc.params };
      if (grant_type !== 'refresh_token') return;
      if (this.presented.has(refresh_token)) this.refreshTokenReuses += 1;
      this.presented.add(refresh_token);
    };
    provider.on('grant.success', note);
    provider.on('grant.error', note);
    provider.on('grant.revoked', () => (this.revokedGrants += 1));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.traffic.count(request);
    const answered = await this.intercept?.(kindOf(request.url), request, response);
    if (!answered) {
      await this.answer?.(request, response);
    }
  }
}

function withoutUndefined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
