import { ClientSecretBasic, ClientSecretPost, type ClientAuth } from 'openid-client';
import type { ClientSecretSource } from './client-authentication.js';
import {
  readSource,
  UnreadableCredentialsError,
  type ClientCredentials,
  type PresentedCredentials,
} from './client-credentials.js';
import { fingerprintOf, proofOf } from './fingerprint.js';
import { spellingsOf } from './spellings.js';

/** A client that sends a secret (RFC 6749 section 2.3.1). */
export class ClientSecret implements ClientCredentials {
  readonly option = 'clientSecret';
  readonly fingerprint: string;
  readonly proof: string;
  readonly #secret: ClientSecretSource;

  constructor(
    readonly clientId: string,
    secret: ClientSecretSource,
    readonly method: 'client_secret_basic' | 'client_secret_post',
    private readonly encoding: 'rfc6749' | 'raw' = 'rfc6749',
  ) {
    this.#secret = secret;
    this.fingerprint = `${fingerprintOf(secret)} ${encoding}`;
    this.proof = proofOf(secret);
  }

  async present(): Promise<PresentedCredentials> {
    // The type promises a string, but the function is somebody else's.
    const secret: unknown = await readSource(this.#secret);
    if (typeof secret !== 'string' || secret === '') {
      throw new UnreadableCredentialsError('returned no secret');
    }
    if (/\p{Cc}/u.test(secret)) {
      throw new UnreadableCredentialsError(
        'returned a line break or another control character with the secret',
      );
    }
    return {
      authenticate: this.authentication(secret),
      version: fingerprintOf(secret),
      secrets: spellingsOf(this.clientId, secret),
    };
  }
  private authentication(secret: string): ClientAuth {
    if (this.method === 'client_secret_post') return ClientSecretPost(secret);
    return this.encoding === 'raw' ? rawBasic(secret) : ClientSecretBasic(secret);
  }
}

/** As in plain HTTP (RFC 7617), for servers that do not undo the form-encoding of RFC 6749. */
function rawBasic(secret: string): ClientAuth {
  return (_as, { client_id: clientId }, _body, headers) => {
    const credentials = Buffer.from(`${clientId}:${secret}`).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  };
}
