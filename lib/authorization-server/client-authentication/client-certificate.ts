import { TlsClientAuth } from 'openid-client';
import {
  belongTogether,
  certificateKeyProblem,
  certificateProblem,
  thumbprintOf,
} from './certificate-pair.js';
import type { ClientSecretSource, TlsClientAuthentication } from './client-authentication.js';
import {
  readSource,
  UnreadableCredentialsError,
  type ClientCredentials,
  type PresentedCredentials,
  type TlsIdentity,
} from './client-credentials.js';
import { fingerprintOf, proofOf } from './fingerprint.js';

/** A client that is known by its TLS certificate (RFC 8705 section 2). */
export class ClientCertificate implements ClientCredentials {
  readonly method: string;
  readonly option = 'clientAuthentication';
  readonly fingerprint: string;
  readonly proof: string;
  readonly #certificate: ClientSecretSource;
  readonly #key: ClientSecretSource;

  constructor(
    readonly clientId: string,
    { method, certificate, key }: TlsClientAuthentication,
  ) {
    this.method = method;
    this.#certificate = certificate;
    this.#key = key;
    const certified =
      typeof certificate === 'string' ? thumbprintOf(certificate) : fingerprintOf(certificate);
    this.fingerprint = `${certified} ${fingerprintOf(key)}`;
    this.proof = proofOf(key);
  }

  async present(): Promise<PresentedCredentials> {
    // Once more where it is of no use: whoever replaces two files does so one after the other.
    const tls = await this.read().catch(() => this.read());
    const version = fingerprintOf(JSON.stringify(tls));
    return { authenticate: TlsClientAuth(), version, secrets: [], tls };
  }

  /** @throws {UnreadableCredentialsError} */
  private async read(): Promise<TlsIdentity> {
    const certificate = await readPart('certificate', this.#certificate, certificateProblem);
    const key = await readPart('key', this.#key, certificateKeyProblem);
    if (belongTogether(certificate, key)) return { certificate, key };
    throw new UnreadableCredentialsError(
      'for the key returned one that does not belong to the certificate',
    );
  }
}

async function readPart(
  name: string,
  source: ClientSecretSource,
  problemOf: (value: unknown) => string | undefined,
): Promise<string> {
  try {
    const value = await readSource(source);
    const problem = problemOf(value);
    if (problem === undefined) return value;
    throw new UnreadableCredentialsError(`returned ${problem}`);
  } catch (error) {
    const failure = error instanceof UnreadableCredentialsError ? error.message : 'failed';
    throw new UnreadableCredentialsError(`for the ${name} ${failure}`);
  }
}
