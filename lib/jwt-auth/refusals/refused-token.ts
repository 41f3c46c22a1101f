import type { ResolvedOptions } from '../options/resolved-options.js';
import type { InvalidTokenError, InvalidTokenReason } from '../errors.js';
import { type DecodedToken, decodeToken } from '../verification/decode-token.js';
import { shapeOf, type TokenShape } from './token-shape.js';

/** What is known of a token that was refused. Only its reason is sure: all the rest may be made up. */
export interface RefusedToken extends DecodedToken {
  readonly reason: InvalidTokenReason;
  readonly shape: TokenShape;
  /** The issuers that it may have been meant to be of. */
  readonly trusted: readonly string[];
  /** Who this API is, by the rules of the issuer that the token names, else by those of all. */
  readonly audience: readonly string[];
}

const NOTHING: DecodedToken = { header: { alg: '' }, parameters: {}, claims: {} };

/** Gathers what there is to tell about a refused token. It does not hold the token. */
export function refusedToken(
  raw: string,
  { reason }: InvalidTokenError,
  { knownIssuers, sharedRules }: Pick<ResolvedOptions, 'knownIssuers' | 'sharedRules'>,
  decoded: DecodedToken = partsOf(raw),
): RefusedToken {
  const { iss } = decoded.claims;
  const rules = knownIssuers.rulesOf(iss) ?? sharedRules;
  return {
    ...decoded,
    reason,
    shape: shapeOf(raw),
    trusted: knownIssuers.near(iss),
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
