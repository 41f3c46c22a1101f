import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { importJWK, SignJWT, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose';
import type { Configuration } from 'oidc-provider';
import {
  apis as sampleApis,
  clients as sampleClients,
} from '../../sample/src/identity-server/identity-server.config.js';
import { close, listen } from '../../sample/src/identity-server/identity-server.js';
import {
  createProvider,
  type Api,
  type ClientRegistration,
} from '../../sample/src/identity-server/provider.factory.js';
import {
  createSigningKey,
  type SigningAlgorithm,
  type SigningKey,
} from '../../sample/src/identity-server/signing-key.js';
import {
  kindOf,
  TrafficRecorder,
  type RequestKind,
  type TokenExchange,
} from '../../sample/src/identity-server/traffic.recorder.js';
import { noteTraffic } from './leak-watch.js';

const host = '127.0.0.1';

export interface AuthorizationServerOptions {
  /** Default: the APIs of the sample, https://api.example.com and https://orders.example.com */
  apis?: readonly Api[];
  /** Default: the clients of the sample. */
  clients?: readonly ClientRegistration[];
  accessTokenTtlSeconds?: number;
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

  private readonly traffic = new TrafficRecorder();
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

  /** The private key that signs at the moment. */
  get signingKey(): SigningKey {
    const [key] = this.keys;
    if (!key) {
      throw new Error('The authorization server has not been started.');
    }
    return key;
  }

  /** Forgets the counts and lifts the interceptor. Keys and clients stay. */
  clear(): void {
    this.traffic.clear();
    this.intercept = undefined;
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
    const provider = createProvider({
      ...rest,
      issuer: this.issuer,
      jwks: { keys: [this.signingKey, ...this.keys.slice(1)] },
      apis,
      clients,
    });
    this.traffic.watch(provider);
    this.answer = provider.callback();
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
