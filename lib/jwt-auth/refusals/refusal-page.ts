import { see } from '../../common/see.js';
import type { InvalidTokenReason } from '../errors.js';

const KEYS = see('troubleshooting', 'keys-that-do-not-fit');
const NO_JWT = see('troubleshooting', 'opaque-and-encrypted-tokens');
const PAGES: Partial<Record<InvalidTokenReason, string>> = {
  malformed: NO_JWT,
  issuer: see('troubleshooting', 'another-issuer'),
  audience: see('troubleshooting', 'another-audience'),
  kind: see('troubleshooting', 'id-tokens-and-other-kinds'),
  algorithm: KEYS,
  key: KEYS,
  signature: KEYS,
};

/** Where to read more about a request that came without a token that could be looked at. */
export const NO_BEARER = see('troubleshooting', 'no-token-or-not-as-bearer');
export const MALFORMED_REQUEST = see('troubleshooting', 'bearer-bearer-and-other-400');

/** Where to read more about a reason to refuse a token. */
export function pageOf(reason: InvalidTokenReason): string {
  return PAGES[reason] ?? see('errors', 'invalid_token');
}
