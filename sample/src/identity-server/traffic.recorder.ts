import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

export type RequestKind = 'discovery' | 'jwks' | 'token' | 'other';

/** A token request as it came in, and the answer to it. No secret of the client is kept. */
export interface TokenExchange {
  clientId: string | undefined;
  /** How the client proved who it is, as far as the request shows. */
  authentication: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
  parameters: Record<string, unknown>;
  status: number;
  body: Record<string, unknown>;
}

/** A request to revoke a token (RFC 7009). */
export interface Revocation {
  clientId: string | undefined;
  parameters: Record<string, unknown>;
  status: number;
}

const nothing = (): Record<RequestKind, number> => ({ discovery: 0, jwks: 0, token: 0, other: 0 });
const remembered = 100;

/** Keeps count of what an authorization server is asked, to show how seldom that is. */
export class TrafficRecorder {
  readonly requests = nothing();
  readonly tokenExchanges: TokenExchange[] = [];
  readonly revocations: Revocation[] = [];

  count(request: IncomingMessage): void {
    this.requests[kindOf(request.url)] += 1;
  }

  watch(provider: Provider): void {
    const record = (ctx: KoaContextWithOIDC) => remember(this.tokenExchanges, describe(ctx));
    provider.on('grant.success', record);
    provider.on('grant.error', record);
    // There is no event for a revocation, as the answer is the same whether there was such a token.
    provider.use(async (ctx, next) => {
      await next();
      if (isWithOidc(ctx) && ctx.oidc.route === 'revocation') {
        const { clientId, parameters, status } = describe(ctx);
        remember(this.revocations, { clientId, parameters, status });
      }
    });
  }

  clear(): void {
    Object.assign(this.requests, nothing());
    this.tokenExchanges.length = 0;
    this.revocations.length = 0;
  }
}

export function kindOf(url = '/'): RequestKind {
  const { pathname } = new URL(url, 'http://localhost');
  if (pathname.startsWith('/.well-known/')) {
    return 'discovery';
  }
  return pathname === '/jwks' ? 'jwks' : pathname === '/token' ? 'token' : 'other';
}

function remember<Entry>(list: Entry[], entry: Entry): void {
  list.push(entry);
  list.splice(0, list.length - remembered);
}

/** oidc-provider adds what it knows of a request once it gets to see it. */
function isWithOidc(ctx: object): ctx is KoaContextWithOIDC {
  return 'oidc' in ctx;
}

function describe(ctx: KoaContextWithOIDC): TokenExchange {
  const { client_id, client_secret, client_assertion, ...parameters } = ctx.oidc.body ?? {};
  const basic = ctx.get('authorization').startsWith('Basic ');
  const posted = client_secret ? 'client_secret_post' : 'none';
  return {
    clientId: ctx.oidc.client?.clientId ?? (typeof client_id === 'string' ? client_id : undefined),
    authentication: basic ? 'client_secret_basic' : client_assertion ? 'private_key_jwt' : posted,
    parameters,
    status: ctx.status,
    body: { ...Object(ctx.body) },
  };
}
