import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM text, in their order; nothing unless there is at least one and all of them can
 * be read. Node.js itself takes the first and passes over the rest, so that a broken chain shows late.
 */
export function readCertificates(pem: unknown): readonly X509Certificate[] | undefined {
  const blocks = typeof pem === 'string' ? (pem.match(CERTIFICATE) ?? []) : [];
  if (blocks.length === 0) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}
