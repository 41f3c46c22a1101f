import { decodeJwt } from 'jose';
import { randomNonce, randomState, type Configuration, type DPoPHandle } from 'openid-client';
import { Strategy } from 'openid-client/passport';
import { isJsonObject } from '../common/json.js';
import { LoginFailedError } from './errors.js';

/** Where the strategy keeps what it checks the answer against. */
const CHECKS = 'checks';

/** What the authorization server is asked for. */
export interface AuthorizationRequest {
  readonly redirectURI: string;
  readonly scope: string;
  readonly resources: readonly string[];
  /** Whatever else is to be sent. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly pushed: boolean;
}

/** What the checks of a sign-in are to be kept with, and where the browser goes. */
export interface AuthorizationRedirect {
  readonly url: string;
  readonly checks: Readonly<Record<string, unknown>>;
}

/** The tokens as the authorization server gave them. */
export interface LoginTokens {
  readonly access_token: string;
  readonly token_type: string;
  readonly id_token?: string | undefined;
  readonly refresh_token?: string | undefined;
  readonly expires_in?: number | undefined;
  readonly scope?: string | undefined;
}

/** The user, or the server, did not want to. */
export class RefusedByServer extends Error {
  override readonly name = 'RefusedByServer';

  constructor(
    readonly oauthError: string,
    readonly description: string | undefined,
  ) {
    super(oauthError);
  }
}

/**
 * The Passport strategy of openid-client, which brings PKCE and all checks of the answer; with a state and a nonce
 * each time. Made for one request, and driven without Passport, whose middleware is for Express alone.
 */
export class LoginStrategy extends Strategy {
  private readonly wanted: AuthorizationRequest;
  private readonly answer: URL | undefined;

  /** @param answer the parameters that the browser came back with, if it did */
  constructor(
    config: Configuration,
    DPoP: DPoPHandle | undefined,
    wanted: AuthorizationRequest,
    answer?: URLSearchParams,
  ) {
    const { redirectURI: callbackURL, scope, pushed: usePAR } = wanted;
    super(
      { config, callbackURL, scope, usePAR, DPoP: () => DPoP, sessionKey: CHECKS },
      (tokens, done) => done(null, tokens),
    );
    this.wanted = wanted;
    this.answer = answer && new URL(`?${answer}`, callbackURL);
  }

  /** Sends the browser to the authorization server. */
  async begin(): Promise<AuthorizationRedirect> {
    const session: Record<string, unknown> = {};
    const { url } = await this.run(session);
    const checks = session[CHECKS];
    if (url === undefined || !isJsonObject(checks)) throw new Error('no redirect');
    return { url, checks };
  }

  /** Gets the tokens for the answer. */
  async complete(checks: Readonly<Record<string, unknown>>): Promise<LoginTokens> {
    const { tokens } = await this.run({ [CHECKS]: checks });
    if (!isTokens(tokens)) throw new Error('no tokens');
    // openid-client has verified the ID token, and takes any text for a name.
    if (tokens.id_token !== undefined && decodeJwt(tokens.id_token).sub === '')
      throw new LoginFailedError(502, 'the token response cannot be trusted: sub is empty');
    return tokens;
  }

  /** @internal for the base class */
  override authorizationRequestParams(): URLSearchParams {
    const { parameters, resources } = this.wanted;
    return new URLSearchParams([
      ...Object.entries(parameters),
      ...resources.map((resource): [string, string] => ['resource', resource]),
      ['state', randomState()],
      ['nonce', randomNonce()],
    ]);
  }

  /** @internal for the base class: one API per token, as most servers want it. */
  override authorizationCodeGrantParameters(): URLSearchParams {
    const [resource] = this.wanted.resources;
    return new URLSearchParams(resource === undefined ? {} : { resource });
  }

  /** @internal for the base class */
  override currentUrl(): URL {
    return this.answer ?? new URL(this.wanted.redirectURI);
  }

  /** @internal for the base class */
  override shouldInitiateAuthRequest(): boolean {
    return this.answer === undefined;
  }

  /** As Passport does it: the strategy, with functions for each way that it can end. */
  private run(session: object): Promise<{ url?: string; tokens?: unknown }> {
    return new Promise((resolve, reject) => {
      const running: PassportRun = Object.assign(Object.create(this), {
        redirect: (url: string) => resolve({ url }),
        success: (tokens: unknown) => resolve({ tokens }),
        fail: (info: unknown) => reject(refusedBy(info)),
        error: reject,
      });
      running.authenticate({ method: 'GET', session }, {});
    });
  }
}

/** What is called of it, whose types are those of Express. */
interface PassportRun {
  authenticate(request: object, options: object): void;
}

function refusedBy(info: unknown): RefusedByServer {
  const { error, error_description: description } = isJsonObject(info) ? info : {};
  return new RefusedByServer(
    typeof error === 'string' ? error : 'access_denied',
    typeof description === 'string' ? description : undefined,
  );
}

function isTokens(value: unknown): value is LoginTokens {
  return isJsonObject(value) && typeof value['access_token'] === 'string';
}
