import { excerpt } from '../../common/excerpt.js';
import type { InvalidTokenReason } from '../errors.js';
import type { Marks } from '../verification/claim-mark.js';
import type { RefusedToken } from './refused-token.js';
import type { TokenShape } from './token-shape.js';

/** One of the well-known causes of a refusal. It is one where all that is given here holds. */
export interface AdviceCase {
  readonly name: string;
  readonly reasons: readonly InvalidTokenReason[];
  /** One of them. */
  readonly shapes?: readonly TokenShape[];
  /** One group of them. */
  readonly marks?: readonly Marks[];
  /** Holds for one of the issuers that are trusted. */
  readonly issuer?: (iss: unknown, trusted: string) => boolean;
  readonly when?: (token: RefusedToken) => boolean;
  /** What to do, in whole sentences. */
  readonly text: string | ((token: RefusedToken) => string);
}

/** Values in a sentence: `"a" or "b"`. */
export function either(values: readonly string[]): string {
  return values.map((value) => excerpt(value)).join(' or ');
}
