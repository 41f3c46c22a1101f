import { randomUUID } from 'node:crypto';
import type { ClientAuth } from 'openid-client';
import type { Clock } from '../../common/clock.js';
import { isKeyFault } from './private-key.js';
import { isSigner, readAssertionKey, type AssertionKey } from './assertion-key.js';
import type { PrivateKeyJwt } from './client-authentication.js';
import {
  readSource,
  UnreadableCredentialsError,
  type ClientCredentials,
  type PresentedCredentials,
} from './client-credentials.js';
import { fingerprintOf, proofOf } from './fingerprint.js';

const LIFETIME_SECONDS = 60;

/**
 * A client that signs an assertion with a private key (RFC 7523, draft-ietf-oauth-rfc7523bis). Each
 * attempt has one of its own: servers refuse one that they have seen, and a repeated request would fail
 * for no other reason.
 */
export class ClientAssertion implements ClientCredentials {
  readonly method = 'private_key_jwt';
  readonly option = 'clientAuthentication.key';
  readonly fingerprint: string;
  readonly proof: string;
  readonly #options: PrivateKeyJwt;
  readonly #clock: Clock;

  constructor(
    readonly clientId: string,
    options: PrivateKeyJwt,
    clock: Clock,
  ) {
    const { key, header, keyId, algorithm, audience } = options;
    this.#clock = clock;
    this.#options = { ...options, key: copyOf(key), header: { ...header } };
    // The rest as well: a wrong audience of one client is not to count against the others.
    this.fingerprint = fingerprintOf(
      JSON.stringify([identityOf(key), keyId, algorithm, audience, header]),
    );
    this.proof = identityOf(key, proofOf);
  }

  async present(): Promise<PresentedCredentials> {
    const source: unknown = await readSource<unknown>(this.#options.key);
    const key = readAssertionKey(source, this.#options.algorithm);
    if (isKeyFault(key)) throw new UnreadableCredentialsError(`returned ${key.problem}`);
    const assertions: string[] = [];
    const authenticate: ClientAuth = async ({ issuer }, _client, body) => {
      const assertion = await this.sign(key, this.#options.audience ?? issuer);
      assertions.push(assertion);
      body.set('client_id', this.clientId);
      body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      body.set('client_assertion', assertion);
    };
    return { authenticate, version: identityOf(source), secrets: assertions };
  }

  private sign(key: AssertionKey, audience: string): Promise<string> {
    const { keyId = key.keyId, header } = this.#options;
    const now = Math.floor(this.#clock.now() / 1000);
    return key.sign(
      {
        alg: key.algorithm,
        typ: 'client-authentication+jwt',
        ...(keyId !== undefined && { kid: keyId }),
        ...header,
      },
      {
        iss: this.clientId,
        sub: this.clientId,
        aud: audience,
        jti: randomUUID(),
        iat: now,
        nbf: now,
        exp: now + LIFETIME_SECONDS,
      },
    );
  }
}

/** A JWK counts by what is in it, as text does; a function or a signer as itself. */
function identityOf(key: unknown, name: typeof fingerprintOf = fingerprintOf): string {
  const isItself = typeof key === 'function' || isSigner(key);
  if (isItself || typeof key === 'string') return name(key);
  return name(JSON.stringify(key));
}

/** What happens to the object afterwards is of no concern. A signer is more than its members. */
function copyOf(key: PrivateKeyJwt['key']): PrivateKeyJwt['key'] {
  return typeof key === 'object' && !isSigner(key) ? { ...key } : key;
}
