import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, SignJWT, type JWK } from 'jose';
import {
  getDPoPHandle,
  randomDPoPKeyPair,
  type Configuration,
  type CryptoKeyPair,
  type DPoPHandle,
} from 'openid-client';
import { isJsonObject } from '../../common/json.js';
import { fingerprintOf } from '../client-authentication/fingerprint.js';
import type { DPoPAlgorithm, DPoPOptions } from './dpop.options.js';
import { DPoPNonces } from './dpop-nonces.js';
import { algorithmOf, importKeyPair, readKeyPair, type DPoPKeyPair } from './dpop-key-pair.js';

interface Pair {
  readonly keys: CryptoKeyPair;
  /** The public key, as proofs show it. */
  readonly jwk: JWK;
}

/** What a proof for an API is about. */
export interface ProofSubject {
  readonly method: string;
  readonly url: URL;
  readonly accessToken: string;
  readonly now: number;
}

/** The key that tokens of a client are bound to (RFC 9449), and the proofs made with it. */
export class DPoPKey {
  /**
   * Tells this key from others, and what else its proofs are made of: part of the key under which a token
   * is kept. The same for the same key, however often it is given.
   */
  readonly id: string;
  /** The same for other processes that have the key; nothing for a key that only this process has. */
  readonly sharedId: string | undefined;
  /** Those of APIs; the token endpoint's are kept with the {@link handle}. */
  readonly nonces = new DPoPNonces();
  readonly #given: DPoPKeyPair | undefined;
  readonly #algorithm: DPoPAlgorithm;
  readonly #claims: DPoPOptions['claims'];
  #pair: Promise<Pair> | undefined;
  #handle: DPoPHandle | undefined;

  /** Only for options without faults. */
  constructor({ key, algorithm, claims }: DPoPOptions = {}) {
    this.#given = key && readKeyPair(key);
    this.#algorithm = algorithm ?? algorithmOf(key) ?? 'ES256';
    this.#claims = claims;
    const thumbprint = this.#given?.thumbprint;
    this.id = JSON.stringify([
      thumbprint ?? randomUUID(),
      this.#algorithm,
      claims && fingerprintOf(claims),
    ]);
    this.sharedId = thumbprint && JSON.stringify([thumbprint, this.#algorithm]);
  }

  /** For the library that talks to the token endpoint. Always the same, as it remembers the nonces. */
  async handle(configuration: Configuration): Promise<DPoPHandle> {
    const { keys } = await this.pair();
    return (this.#handle ??= getDPoPHandle(configuration, keys));
  }

  /** A proof for one attempt of one call to an API. */
  async proof({ method, url, accessToken, now }: ProofSubject): Promise<string> {
    const { keys, jwk } = await this.pair();
    const htu = url.origin + url.pathname;
    return new SignJWT({
      ...this.more(method, htu),
      jti: randomUUID(),
      htm: method,
      htu,
      iat: Math.floor(now / 1000),
      ath: createHash('sha256').update(accessToken).digest('base64url'),
      // There even where there is none, so that nobody else can say what it is.
      nonce: this.nonces.of(url.origin),
    })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: this.#algorithm, jwk })
      .sign(keys.privateKey);
  }

  private more(method: string, url: string): Readonly<Record<string, unknown>> {
    // The type promises an object, but the function is somebody else's.
    const claims: unknown = this.#claims?.({ method, url });
    if (claims === undefined) return {};
    if (!isJsonObject(claims) || claims instanceof Promise) throw new TypeError('not claims');
    return claims;
  }

  private pair(): Promise<Pair> {
    return (this.#pair ??= this.makePair());
  }

  private async makePair(): Promise<Pair> {
    const keys = this.#given
      ? await importKeyPair(this.#given, this.#algorithm)
      : await randomDPoPKeyPair(this.#algorithm);
    return { keys, jwk: await exportJWK(keys.publicKey) };
  }
}
