import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Backchannel,
  BackchannelError,
  type BackchannelInit,
} from '../../authorization-server/http/backchannel.js';
import type { PlannedAnswer, TokenAnswer } from './test-client.js';
import type { TestNetwork } from './test-network.js';

const LIFETIME_SECONDS = 300;
/** Parameters that are not for the eyes of anybody who prints them. */
const SECRET = /^(?:client_secret|code|code_verifier|password|.*assertion|.*token)$/;
/** What is said of a request apart from its parameters. */
const SHOWN_APART = new Set(['grant_type', 'scope', 'client_id']);

/** An authorization server in memory: metadata, token endpoint and revocation endpoint of every issuer that is asked. */
export class MemoryServer {
  readonly #issuers = new Set<string>();
  readonly #asking = new AsyncLocalStorage<string>();

  constructor(private readonly network: TestNetwork) {}

  /** The way to it. */
  readonly fetch: Backchannel = Object.assign(
    async (url: string, init?: BackchannelInit) => this.#answer(url, init ?? {}),
    { close() {} },
  );

  /** There is an authorization server of this name. */
  add(issuer: string | undefined): void {
    if (issuer !== undefined && URL.canParse(issuer)) this.#issuers.add(issuer);
  }

  /** Does what asks for the token of a named client. */
  askFor<T>(client: string, work: () => T): T {
    return this.#asking.run(client, work);
  }

  #answer(url: string, { method = 'GET', body, headers }: BackchannelInit): Response {
    const issuer = [...this.#issuers].find((one) => isMetadataOf(one, url));
    if (issuer !== undefined) return Response.json(metadataOf(issuer));
    const form = method === 'POST' ? new URLSearchParams(String(body ?? '')) : undefined;
    const grantType = form?.get('grant_type');
    if (form && grantType) {
      const isBound = new Headers(headers).has('dpop');
      return this.#token(form, grantType, isBound ? 'DPoP' : 'Bearer');
    }
    const revoked = form?.get('token');
    if (!revoked) throw new BackchannelError(`nothing in this test answers ${method} ${url}`);
    this.network.grants.revoke(revoked);
    return new Response(null);
  }

  #token(form: URLSearchParams, grantType: string, type: string): Response {
    const { grants } = this.network;
    const name = this.#asking.getStore() ?? '';
    const client = this.network.client(name);
    const scopes = words(form.get('scope') ?? '');
    const shown = [...form].filter(([one]) => !SHOWN_APART.has(one) && !SECRET.test(one));
    client.requests.push({ grantType, scopes, parameters: Object.fromEntries(shown) });
    const planned = client.next();
    if (isFailure(planned)) {
      const { status, headers = {} } = planned;
      return Response.json(planned.body, { status, headers });
    }
    const spent = form.get('refresh_token');
    const refresh = grantType === 'refresh_token' ? grants.refresh(spent ?? '') : undefined;
    if (grantType === 'refresh_token' && refresh === undefined)
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    const granted = planned.scope === undefined ? scopes : words([planned.scope].flat().join(' '));
    return Response.json({
      access_token: grants.accessToken({ client: name, scopes: granted }),
      token_type: type,
      expires_in: planned.expiresInSeconds ?? LIFETIME_SECONDS,
      ...(granted.length > 0 && { scope: granted.join(' ') }),
      ...(refresh !== undefined && { refresh_token: refresh }),
      ...(grantType.endsWith(':token-exchange') && {
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      }),
      ...planned.members,
    });
  }
}

function isFailure(planned: TokenAnswer | PlannedAnswer): planned is PlannedAnswer {
  return 'status' in planned;
}

function baseOf(issuer: string): string {
  return issuer.replace(/\/$/, '');
}

function isMetadataOf(issuer: string, url: string): boolean {
  return url === `${baseOf(issuer)}/.well-known/openid-configuration`;
}

function metadataOf(issuer: string): object {
  const base = baseOf(issuer);
  return {
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    revocation_endpoint: `${base}/revoke`,
    jwks_uri: `${base}/jwks`,
    response_types_supported: ['code'],
  };
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}
