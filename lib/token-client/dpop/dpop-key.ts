import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, SignJWT, type JWK } from 'jose';
import {
  getDPoPHandle,
  randomDPoPKeyPair,
  type Configuration,
  type CryptoKeyPair,
  type DPoPHandle,
} from 'openid-client';
import type { DPoPOptions } from './dpop.options.js';

/** The key that tokens of a client are bound to (RFC 9449), and the proofs made with it. */
export class DPoPKey {
  /** Tells this key from others: part of the key under which a token is kept. */
  readonly id = randomUUID();
  #pair: Promise<{ keys: CryptoKeyPair; jwk: JWK }> | undefined;
  #handle: DPoPHandle | undefined;

  constructor(private readonly options: DPoPOptions = {}) {}

  /** For the library that talks to the token endpoint. Always the same, as it remembers the nonces. */
  async handle(configuration: Configuration): Promise<DPoPHandle> {
    const { keys } = await this.pair();
    return (this.#handle ??= getDPoPHandle(configuration, keys));
  }

  /** A proof for one call to an API. */
  async proof(
    method: string,
    url: URL,
    accessToken: string,
    nonce: string | undefined,
    now: number,
  ): Promise<string> {
    const { keys, jwk } = await this.pair();
    return new SignJWT({
      jti: randomUUID(),
      htm: method,
      htu: url.origin + url.pathname,
      iat: Math.floor(now / 1000),
      ath: createHash('sha256').update(accessToken).digest('base64url'),
      ...(nonce !== undefined && { nonce }),
    })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: this.options.algorithm ?? 'ES256', jwk })
      .sign(keys.privateKey);
  }

  private pair(): Promise<{ keys: CryptoKeyPair; jwk: JWK }> {
    this.#pair ??= randomDPoPKeyPair(this.options.algorithm ?? 'ES256').then(async (keys) => ({
      keys,
      jwk: await exportJWK(keys.publicKey),
    }));
    return this.#pair;
  }
}
