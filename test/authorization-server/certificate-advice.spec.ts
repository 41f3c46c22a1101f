import { certificateAdvice } from '../../lib/authorization-server/http/certificate-advice.js';

describe('the advice on certificates', () => {
  it.each([
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_UNTRUSTED',
    'CERT_SIGNATURE_FAILURE',
    'CERT_CHAIN_TOO_LONG',
    'INVALID_CA',
    'INVALID_PURPOSE',
  ])('for %s is to trust its authority', (code) => {
    expect(certificateAdvice(code)).toBe(
      'The certificate is not trusted. Give its authority in backchannel.ca, or in NODE_EXTRA_CA_CERTS',
    );
  });

  it.each(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'])('for %s is the name', (code) => {
    expect(certificateAdvice(code)).toMatch(/^The certificate is for other names\. /);
  });

  it.each(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])('for %s is the time', (code) => {
    expect(certificateAdvice(code)).toMatch(/^The certificate has expired, or is not valid yet\. /);
  });

  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EPROTO',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    '',
  ])('for %j is none', (code) => expect(certificateAdvice(code)).toBeUndefined());
});
