import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type Extension,
  type X509Certificate,
} from '@peculiar/x509';

/** A certificate with its private key, as PEM text. */
export interface PemPair {
  certificate: string;
  key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hour = 60 * 60 * 1000;
let serial = 0;

/** An authority that certifies servers on loopback, and clients. */
export class CertificateAuthority {
  private constructor(
    private readonly root: X509Certificate,
    private readonly keys: CryptoKeyPair,
  ) {}

  static async create(name = 'CN=Test CA'): Promise<CertificateAuthority> {
    const keys = await newKeys();
    const root = await X509CertificateGenerator.createSelfSigned({
      ...commonParts(),
      name,
      keys,
      extensions: [new BasicConstraintsExtension(true, 1, true)],
    });
    return new CertificateAuthority(root, keys);
  }

  /** What those who trust it have to know. */
  get certificate(): string {
    return this.root.toString('pem');
  }

  /** @param names that it goes by beside those of loopback */
  server(...names: string[]): Promise<PemPair> {
    return this.issue('CN=localhost', [
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        ...names.map((value) => ({ type: 'dns' as const, value })),
      ]),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    ]);
  }

  client(name: string): Promise<PemPair> {
    return this.issue(`CN=${name}`, [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]);
  }

  private async issue(subject: string, extensions: Extension[]): Promise<PemPair> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      ...commonParts(),
      subject,
      issuer: this.root.subject,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      extensions,
    });
    return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
  }
}

async function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function pemOf(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = der.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}

function commonParts() {
  return {
    serialNumber: (++serial).toString(16).padStart(4, '0'),
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + hour),
  };
}
