import type { ResolvedOptions } from '../config/resolved-options.js';
import type { InvalidTokenError, InvalidTokenReason } from '../errors.js';
import { type DecodedToken, decodeToken } from '../verification/decode-token.js';
import { shapeOf, type TokenShape } from './token-shape.js';

/** What is known of a token that was refused. Only its reason is sure: all the rest may be made up. */
export interface RefusedToken extends DecodedToken {
  readonly reason: InvalidTokenReason;
  readonly shape: TokenShape;
  readonly trusted: readonly string[];
  /** Who this API is, by the rules of the issuer that the token names, else by those of all. */
  readonly audience: readonly string[];
}

const NOTHING: DecodedToken = { header: { alg: '' }, parameters: {}, claims: {} };

/** Gathers what there is to tell about a refused token. It does not hold the token. */
export function refusedToken(
  raw: string,
  { reason }: InvalidTokenError,
  { issuers, sharedRules }: Pick<ResolvedOptions, 'issuers' | 'sharedRules'>,
): RefusedToken {
  const decoded = partsOf(raw);
  const rules = issuers.find(({ issuer }) => issuer === decoded.claims['iss']) ?? sharedRules;
  return {
    ...decoded,
    reason,
    shape: shapeOf(raw),
    trusted: issuers.map(({ issuer }) => issuer),
    audience: rules.audience,
  };
}

/** A token taken apart, as far as that is possible. */
export function partsOf(raw: string): DecodedToken {
  try {
    const { header, parameters, claims } = decodeToken(raw);
    return { header, parameters, claims };
  } catch {
    return NOTHING;
  }
}
