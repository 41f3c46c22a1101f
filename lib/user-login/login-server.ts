import {
  allowInsecureRequests,
  buildEndSessionUrl,
  clockSkew,
  Configuration,
  customFetch,
  enableNonRepudiationChecks,
  getJwksCache,
  setJwksCache,
  type DPoPHandle,
  type ExportedJWKSCache,
} from 'openid-client';
import { parseJsonObject } from '../common/json.js';
import { TokenAttempt } from '../token-client/acquisition/token-attempt.js';
import {
  readTokenResponse,
  UnusableAnswerError,
  type ErrorResponse,
} from '../token-client/acquisition/token-response.js';
import { tokenRequestOf } from '../token-client/acquisition/token-request.factory.js';
import type { PresentedCredentials } from '../token-client/authentication/client-credentials.js';
import type { TokenClientRegistry } from '../token-client/token-client.registry.js';
import { loginFailure } from './login-failure.js';
import { loginMetadata, type LoginMetadata } from './login-metadata.js';

/** What errors call the shared options. */
const NO_CLIENT = 'forRoot';

/** The authorization server, ready to be asked by openid-client. */
export interface Conversation {
  readonly configuration: Configuration;
  readonly metadata: LoginMetadata;
  /** The key that tokens are to be bound to, if any. */
  readonly dpop: DPoPHandle | undefined;
}

/** What was learnt on the way, which says whose fault it is that something failed. */
export interface Progress {
  /** What went wrong in a request of ours; openid-client would wrap it. */
  failure: unknown;
  /** Whether the code was redeemed, or at least tried. */
  redeeming: boolean;
}

/**
 * The authorization server of the shared options of `TokenClientModule`, as signing users in needs it: known by its
 * metadata, reached the way that token requests go, and shown credentials that are read anew each time.
 */
export class LoginServer {
  #keys: ExportedJWKSCache | undefined;

  constructor(private readonly registry: TokenClientRegistry) {}

  /**
   * Does something with the authorization server, under one time limit.
   *
   * @param secrets what its answers might repeat, and nobody may see
   * @throws {LoginError} whatever went wrong
   */
  async talk<T>(
    secrets: readonly string[],
    work: (conversation: Conversation) => Promise<T>,
  ): Promise<T> {
    const { userTemplate, settings, work: bounded } = this.registry;
    const { request } = tokenRequestOf(userTemplate);
    const parameters = secrets.map((secret) => ['code', secret] as const);
    const grant = { type: 'authorization_code', parameters, repeatable: false, forUser: true };
    const attempt = new TokenAttempt({ ...request, grant }, NO_CLIENT);
    const progress: Progress = { failure: undefined, redeeming: false };
    try {
      return await bounded.run(settings.backchannel.timeoutMs, async (signal) => {
        const presented = await attempt.present();
        const metadata = await this.metadata(presented.tls !== undefined);
        const configuration = this.configure(metadata, presented);
        configuration[customFetch] = this.fetch({ attempt, metadata, presented, progress, signal });
        const dpop = await userTemplate.dpop?.handle(configuration);
        const result = await work({ configuration, metadata, dpop });
        this.#keys = getJwksCache(configuration) ?? this.#keys;
        return result;
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
    if (this.#keys) setJwksCache(configuration, this.#keys);
    // Whether plain http is fine for this host is decided by our fetch.
    if (metadata.issuer.startsWith('http:')) allowInsecureRequests(configuration);
    return configuration;
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
        attempt.locatedAt(url);
        progress.redeeming ||= url === metadata.token_endpoint;
        // A code is redeemed once.
        const fresh = url === metadata.token_endpoint;
        const answer = await fetch(url, { method, headers, body: sent, signal, tls, fresh });
        if (method !== 'POST') return usable(answer);
        const response =
          url === metadata.token_endpoint
            ? await readTokenResponse(answer, { type: bound ? 'DPoP' : 'Bearer', forUser: true })
            : await readPushed(answer);
        const nonce = answer.headers.get('dpop-nonce');
        if ('error' in response && !(bound && nonce && response.error === 'use_dpop_nonce')) {
          throw attempt.refused(response);
        }
        const status = 'error' in response ? 400 : answer.status;
        return Response.json(response, { status, headers: nonce ? { 'dpop-nonce': nonce } : {} });
      } catch (error) {
        progress.failure = error;
        throw error;
      }
    };
  }
}

interface Sending {
  readonly attempt: TokenAttempt;
  readonly metadata: LoginMetadata;
  readonly presented: PresentedCredentials;
  readonly progress: Progress;
  readonly signal: AbortSignal;
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
