import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readCertificates } from '../http/certificates.js';

/** Says what is wrong with a certificate, or nothing. */
export function certificateProblem(certificate: unknown): string | undefined {
  return readCertificates(certificate) ? undefined : 'no certificate that can be read';
}

/** Says what is wrong with the private key of a certificate, or nothing. */
export function certificateKeyProblem(key: unknown): string | undefined {
  return readKey(key) ? undefined : 'no private key that can be read';
}

/** Whether a key is the one of the certificate that stands first; both can be read. */
export function belongTogether(certificate: unknown, key: unknown): boolean {
  const [first] = readCertificates(certificate) ?? [];
  const privateKey = readKey(key);
  return first !== undefined && privateKey !== undefined && first.checkPrivateKey(privateKey);
}

/** What servers and tokens know a certificate by (RFC 8705 section 3.1): a hash of the one that stands first. */
export function thumbprintOf(certificate: string): string {
  return readCertificates(certificate)?.[0]?.fingerprint256 ?? 'unreadable';
}

function readKey(pem: unknown): KeyObject | undefined {
  try {
    return typeof pem === 'string' ? createPrivateKey(pem) : undefined;
  } catch {
    return undefined;
  }
}
