import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';
import {
  allowInsecureRequests,
  buildEndSessionUrl,
  clockSkew,
  Configuration,
  customFetch,
  enableNonRepudiationChecks,
  type DPoPHandle,
} from 'openid-client';
import { isJsonObject, parseJsonObject } from '../common/json.js';
import { remainingMs } from '../common/remaining.js';
import { TokenRequestAttempt } from '../authorization-server/token-request-attempt.js';
import {
  readTokenResponse,
  UnusableAnswerError,
  type ErrorResponse,
} from '../authorization-server/token-response.js';
import { tokenRequestOf } from '../authorization-server/token-request.factory.js';
import type { PresentedCredentials } from '../authorization-server/client-authentication/client-credentials.js';
import type { TokenClientRegistry } from '../token-client/token-client.registry.js';
import { loginFailure, type Progress } from './login-failure.js';
import { loginMetadata, type LoginMetadata } from './login-metadata.js';

/** What errors call the shared options. */
const NO_CLIENT = 'forRoot';
/** How long the keys of ID tokens are believed. */
const KEEP_KEYS_MS = 5 * 60 * 1000;

/** The authorization server, ready to be asked by openid-client. */
export interface ServerSession {
  readonly configuration: Configuration;
  readonly metadata: LoginMetadata;
  /** The key that tokens are to be bound to, if any. */
  readonly dpop: DPoPHandle | undefined;
}

/**
 * The authorization server of the shared options of `TokenClientModule`, as signing users in needs it: known by its
 * metadata, reached the way that token requests go, and shown credentials that are read anew each time.
 */
export class LoginServer {
  #keys: { readonly known: readonly unknown[]; readonly until: number } | undefined;

  constructor(private readonly registry: TokenClientRegistry) {}

  /**
   * Does something with the authorization server, under one time limit.
   *
   * @param secrets what its answers might repeat, and nobody may see
   * @throws {LoginError} whatever went wrong
   */
  async withServer<T>(
    secrets: readonly string[],
    work: (conversation: ServerSession) => Promise<T>,
  ): Promise<T> {
    const { userTemplate, settings, work: bounded } = this.registry;
    const { request } = tokenRequestOf(userTemplate);
    const parameters = secrets.map((secret) => ['code', secret] as const);
    const grant = { type: 'authorization_code', parameters, repeatable: false, forUser: true };
    const attempt = new TokenRequestAttempt({ ...request, grant }, NO_CLIENT);
    const progress: Progress = { failure: undefined, redeeming: false };
    try {
      return await bounded.run(settings.backchannel.timeoutMs, async (signal) => {
        const presented = await attempt.present();
        const metadata = await this.metadata(presented.tls !== undefined);
        const configuration = this.configure(metadata, presented);
        configuration[customFetch] = this.fetch({ attempt, metadata, presented, progress, signal });
        const dpop = await userTemplate.dpop?.handle(configuration);
        return work({ configuration, metadata, dpop });
      });
    } catch (error) {
      throw loginFailure(error, attempt, progress, secrets);
    }
  }

  /** Where users are signed out of the authorization server as well, if it has a place for that. */
  async endSessionURL(parameters: Record<string, string>): Promise<string | undefined> {
    const { clientId } = this.registry.userTemplate.credentials;
    const metadata = await this.metadata(false);
    if (metadata.end_session_endpoint === undefined) return undefined;
    const configuration = new Configuration({ ...metadata }, clientId);
    if (metadata.end_session_endpoint.startsWith('http:')) allowInsecureRequests(configuration);
    return buildEndSessionUrl(configuration, parameters).href;
  }

  private async metadata(withCertificate: boolean): Promise<LoginMetadata> {
    const { server } = this.registry.userTemplate;
    const issuer = 'issuer' in server ? server.issuer : '';
    const found = await this.registry.endpoint.servers.metadataOf(issuer);
    return loginMetadata(found, withCertificate);
  }

  private configure(metadata: LoginMetadata, presented: PresentedCredentials): Configuration {
    const { userTemplate, settings } = this.registry;
    const { clientId } = userTemplate.credentials;
    const skew = Math.round((settings.clock.now() - Date.now()) / 1000);
    const configuration = new Configuration(
      { ...metadata },
      clientId,
      { [clockSkew]: skew },
      presented.authenticate,
    );
    // The time limit is ours, over more than one request.
    configuration.timeout = 0;
    enableNonRepudiationChecks(configuration);
    // Whether plain http is fine for this host is decided by our fetch.
    if (metadata.issuer.startsWith('http:')) allowInsecureRequests(configuration);
    return configuration;
  }

  /**
   * The keys at hand, if the one that an ID token names is among them. Whoever comes with another has the set fetched anew
   * (OpenID Connect Core section 10.1.1): once for each sign-in, which the server itself has confirmed.
   */
  private keysWith(kid: string | undefined): Response | undefined {
    const { known, until } = this.#keys ?? { known: [], until: 0 };
    const left = remainingMs(until, this.registry.settings.clock.now(), KEEP_KEYS_MS);
    const isThere = known.some((key) => isJsonObject(key) && key['kid'] === kid);
    return kid !== undefined && isThere && left > 0 ? Response.json({ keys: known }) : undefined;
  }

  private async keep(answer: Response): Promise<void> {
    const keys = parseJsonObject(await answer.text())?.['keys'];
    if (!Array.isArray(keys)) return;
    this.#keys = { known: keys, until: this.registry.settings.clock.now() + KEEP_KEYS_MS };
  }

  private fetch({ attempt, metadata, presented, progress, signal }: Sending) {
    const { fetch } = this.registry.endpoint;
    const bound = this.registry.userTemplate.dpop !== undefined;
    return async (
      url: string,
      { method, headers, body }: { method: string; headers: Record<string, string>; body: unknown },
    ): Promise<Response> => {
      try {
        const sent = body instanceof URLSearchParams ? body : null;
        // The certificate is for where the client has to prove itself.
        const tls = method === 'POST' ? presented.tls : undefined;
        attempt.locatedAt(url, metadata.token_endpoint_auth_methods_supported);
        progress.redeeming ||= url === metadata.token_endpoint;
        const isForKeys = method !== 'POST' && url === metadata.jwks_uri;
        const kept = isForKeys ? this.keysWith(progress.kid) : undefined;
        if (kept) return kept;
        // A code is redeemed once.
        const fresh = url === metadata.token_endpoint;
        const answer = await fetch(url, { method, headers, body: sent, signal, tls, fresh });
        if (isForKeys && answer.status === 200) await this.keep(answer.clone());
        if (method !== 'POST') return usable(answer);
        const response =
          url === metadata.token_endpoint
            ? await readTokenResponse(answer, {
                ...this.registry.userTemplate.answer,
                type: bound ? 'DPoP' : 'Bearer',
                forUser: true,
              })
            : await readPushed(answer);
        if ('id_token' in response) progress.kid = headerOf(response.id_token).kid;
        const nonce = answer.headers.get('dpop-nonce');
        if ('error' in response && !(bound && nonce && response.error === 'use_dpop_nonce')) {
          throw attempt.refused(response);
        }
        // The library wants 200 for a token, and 201 for a pushed request.
        const success = url === metadata.token_endpoint ? 200 : 201;
        const status = 'error' in response ? 400 : success;
        return Response.json(response, { status, headers: nonce ? { 'dpop-nonce': nonce } : {} });
      } catch (error) {
        progress.failure = error;
        throw error;
      }
    };
  }
}

interface Sending {
  readonly attempt: TokenRequestAttempt;
  readonly metadata: LoginMetadata;
  readonly presented: PresentedCredentials;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

function headerOf(idToken: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(idToken);
  } catch {
    return {};
  }
}

/** Unchecked. */
interface PushedResponse {
  readonly request_uri: unknown;
  readonly expires_in: unknown;
}

/** @throws {UnusableAnswerError} */
function usable(answer: Response): Response {
  if (answer.status === 200) return answer;
  throw new UnusableAnswerError(`answered ${answer.status}`, answer.status);
}

/**
 * Reads the answer to a pushed authorization request (RFC 9126 section 2.2); openid-client looks into it.
 *
 * @throws {UnusableAnswerError}
 */
async function readPushed(answer: Response): Promise<PushedResponse | ErrorResponse> {
  const { status } = answer;
  const body = parseJsonObject(await answer.text());
  const error = body?.['error'];
  const description = body?.['error_description'];
  if (status < 500 && status !== 429 && typeof error === 'string' && error) {
    const text = typeof description === 'string' ? description : undefined;
    return { status, error, error_description: text };
  }
  if (status === 201 && body) {
    return { request_uri: body['request_uri'], expires_in: body['expires_in'] };
  }
  throw new UnusableAnswerError(`answered ${status} to a pushed authorization request`, status);
}
