const OTHER_NAMES = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']);
const OUT_OF_TIME = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
/** The other codes with which OpenSSL refuses a certificate. */
const UNTRUSTED =
  /^(?:(?:DEPTH_ZERO_)?SELF_SIGNED_CERT(?:_IN_CHAIN)?|UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)_\w+|CERT_\w+|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED|ERROR_IN_CERT_\w+|ERR_TLS_CERT_\w+)$/;

/**
 * What is wrong with the certificate of a server, and what to do about it, for the code of an error.
 *
 * @returns nothing where it is not about certificates
 */
export function certificateAdvice(code: string): string | undefined {
  if (OTHER_NAMES.has(code))
    return 'The certificate is for other names. Use the name that it is for, or let the server have one for this name';
  if (OUT_OF_TIME.has(code))
    return 'The certificate has expired, or is not valid yet. Renew it, or set the clock of this machine right';
  return UNTRUSTED.test(code)
    ? 'The certificate is not trusted. Give its authority in backchannel.ca, or in NODE_EXTRA_CA_CERTS'
    : undefined;
}
