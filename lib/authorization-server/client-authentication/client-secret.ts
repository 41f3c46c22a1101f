import { ClientSecretPost, type ClientAuth } from 'openid-client';
import type { ClientSecretSource } from './client-authentication.js';
import {
  readSource,
  UnreadableCredentialsError,
  type ClientCredentials,
  type PresentedCredentials,
} from './client-credentials.js';
import { fingerprintOf, proofOf } from './fingerprint.js';
import { formEncoded, isEscaped } from './form-encoding.js';
import { secretMethodFor, type SecretMethod } from './secret-method.js';

const ENCODING_HINT =
  "If the server does not undo the form-encoding of RFC 6749, give clientAuthentication: { method: 'client_secret_basic', encoding: 'raw' }, or 'client_secret_post'.";

/** A client that sends a secret (RFC 6749 section 2.3.1). */
export class ClientSecret implements ClientCredentials {
  readonly option = 'clientSecret';
  readonly fingerprint: string;
  readonly proof: string;
  /** The method that the options name; the one of servers that list none where they name none. */
  readonly method: SecretMethod;
  readonly #secret: ClientSecretSource;

  constructor(
    readonly clientId: string,
    secret: ClientSecretSource,
    /** Nothing where the metadata of the server decides. */
    private readonly given: SecretMethod | undefined,
    private readonly encoding: 'rfc6749' | 'raw' = 'rfc6749',
  ) {
    this.#secret = secret;
    this.method = given ?? 'client_secret_basic';
    this.fingerprint = `${fingerprintOf(secret)} ${encoding} ${given ?? ''}`;
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
      secrets: encodedForms(this.clientId, secret),
      hint: (listed) => this.hint(secret, listed),
    };
  }

  private authentication(secret: string): ClientAuth {
    const post = ClientSecretPost(secret);
    const basic = basicWith(secret, this.encoding === 'raw' ? (text) => text : formEncoded);
    return (server, client, body, headers) => {
      const method = this.methodFor(server.token_endpoint_auth_methods_supported);
      const authenticate = method === 'client_secret_post' ? post : basic;
      return authenticate(server, client, body, headers);
    };
  }

  private methodFor(listed: unknown): SecretMethod {
    return this.given ?? secretMethodFor(listed);
  }

  private hint(secret: string, listed: unknown): string | undefined {
    const isBasic = this.methodFor(listed) === 'client_secret_basic';
    const escaped = this.encoding !== 'raw' && [this.clientId, secret].some(isEscaped);
    return isBasic && escaped ? ENCODING_HINT : undefined;
  }
}

/** In plain HTTP (RFC 7617) both go as they are; RFC 6749 section 2.3.1 has them form-encoded first. */
function basicWith(secret: string, encode: (text: string) => string): ClientAuth {
  return (_as, { client_id: clientId }, _body, headers) => {
    const credentials = Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  };
}

/** The forms in which a token request carries the secret, and in which an answer may thus repeat it. */
function encodedForms(clientId: string, secret: string): string[] {
  const encodings = [plain, encodeURIComponent, urlSearchParams, formEncoded, strictlyFormEncoded];
  const spellings = [
    ...encodings.map((encode) => base64(`${encode(clientId)}:${encode(secret)}`)),
    base64(secret),
    // Last as it is, which can be a part of the others.
    ...encodings.map((encode) => encode(secret)).toReversed(),
  ];
  // Text is put on one line before it is searched.
  return spellings.map((spelling) => spelling.replace(/\s+/g, ' '));
}

function plain(value: string): string {
  return value;
}

/** As URLSearchParams does it for bodies. */
function urlSearchParams(value: string): string {
  return new URLSearchParams({ '': value }).toString().slice(1);
}

/** As strict servers do it who write the credentials anew: nothing but letters and digits stays as it is. */
function strictlyFormEncoded(value: string): string {
  return encodeURIComponent(value)
    .replaceAll('%20', '+')
    .replace(
      /[-_.!~*'()]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}
