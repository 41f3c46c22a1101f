import { createHash } from 'node:crypto';
import { jwtVerify, importJWK } from 'jose';
import { type Edits, edited } from '../grammars/edits.js';
import { type Changes, changed } from '../grammars/json.js';
import { publicPart } from '../../support/forge.js';
import {
  ScriptedServer,
  jsonAnswer,
  type ScriptedAnswer,
  type ScriptedRequest,
} from './scripted-server.js';
import { TestIssuer } from './test-issuer.js';

/** How an ID token comes to be. */
export interface IdTokenCase {
  readonly claims: Changes;
  readonly edits: Edits;
}

interface Grant {
  readonly challenge: string;
  readonly nonce: string;
  readonly redirectURI: string;
  readonly subject: string;
  readonly idToken: IdTokenCase;
}

/** As much of an OpenID provider as a sign-in needs, without pages: it checks codes and PKCE, and nothing is kept. */
export class SignInServer {
  readonly #grants = new Map<string, Grant>();
  #count = 0;

  private constructor(
    private readonly server: ScriptedServer,
    private readonly keys: TestIssuer,
  ) {}

  static async start(): Promise<SignInServer> {
    const holder: { server?: SignInServer } = {};
    const scripted = await ScriptedServer.start(
      (request) => holder.server?.answer(request) ?? jsonAnswer({}, 404),
    );
    const server = new SignInServer(scripted, new TestIssuer(scripted.origin));
    holder.server = server;
    return server;
  }

  get issuer(): string {
    return this.server.origin;
  }

  /** For `startLoginApp`: it takes whoever comes. */
  register(): void {}

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** What the user is sent back with, who has signed in for this authorization request. */
  authorize(request: URLSearchParams, subject: string, idToken: IdTokenCase) {
    const code = `code-in-secret-${++this.#count}`;
    const of = (name: string): string => request.get(name) ?? '';
    const [challenge, nonce, redirectURI] = [of('code_challenge'), of('nonce'), of('redirect_uri')];
    this.#grants.set(code, { challenge, nonce, redirectURI, subject, idToken });
    return { code, state: of('state'), iss: this.issuer };
  }

  /** Forgets whatever was not fetched. */
  forget(): void {
    this.#grants.clear();
  }

  /** Whether another implementation takes the ID token of this case. */
  async wouldTake(
    idToken: IdTokenCase,
    request: URLSearchParams,
    subject: string,
  ): Promise<boolean> {
    const token = this.#idToken({ nonce: request.get('nonce') ?? '', subject, idToken });
    for (const key of this.keys.keys) {
      const judged = await jwtVerify(token, await importJWK(publicPart(key), key.alg), {
        issuer: this.issuer,
        audience: 'web',
        requiredClaims: ['exp', 'iat', 'sub'],
      }).catch(() => undefined);
      const { nonce, sub } = judged?.payload ?? {};
      if (judged && nonce === request.get('nonce') && sub === subject) return true;
    }
    return false;
  }

  answer({ url, body }: ScriptedRequest): ScriptedAnswer {
    const { issuer } = this;
    if (url.includes('.well-known')) {
      return jsonAnswer({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
        id_token_signing_alg_values_supported: ['ES256'],
      });
    }
    if (url === '/jwks') return jsonAnswer(this.keys.jwks);
    if (url !== '/token') return jsonAnswer({}, 404);
    const form = new URLSearchParams(body);
    const grant = this.#grants.get(form.get('code') ?? '');
    this.#grants.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (grant?.challenge !== challenge || grant.redirectURI !== form.get('redirect_uri'))
      return jsonAnswer({ error: 'invalid_grant' }, 400);
    return jsonAnswer({
      access_token: `token-in-secret-${++this.#count}`,
      refresh_token: `token-in-secret-${++this.#count}`,
      token_type: 'Bearer',
      expires_in: 300,
      id_token: this.#idToken(grant),
    });
  }

  #idToken({ nonce, subject, idToken }: Pick<Grant, 'nonce' | 'subject' | 'idToken'>): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: 'web', sub: subject, nonce, iat: now, exp: now + 300 };
    const token = this.keys.sign(this.keys.header(1), changed(claims, idToken.claims), 1);
    return edited(token, idToken.edits);
  }
}
