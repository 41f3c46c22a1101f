import { LRUCache } from 'lru-cache';
import { frozenSet } from '../../common/frozen-set.js';
import { type ImpliedScopes, withImplied } from './implied-scopes.js';
import { scopesOf } from './scopes.js';

interface Entry {
  readonly implied: ImpliedScopes | undefined;
  readonly set: ReadonlySet<string>;
}

/** The characters of all texts together. The set of one takes about twenty bytes for each. */
const MAX_CHARACTERS = 64 * 1024;
/** The room for remembered tokens is counted as if each had a set of its own, which must not be much too much. */
const MAX_LENGTH = 512;

/**
 * Sets of scopes by the text that they were read from, as nearly all tokens of a client have the same: those that are
 * remembered share one. Only what comes after the signature gets here, so strangers fill it with nothing.
 */
const sets = new LRUCache<string, Entry>({
  maxSize: MAX_CHARACTERS,
  sizeCalculation: (_, text) => text.length + 1,
});

/** The scopes of a token from the first of these claims that is present, with what they imply. */
export function scopeSetOf(
  claims: Readonly<Record<string, unknown>>,
  claimNames: readonly string[],
  implied: ImpliedScopes,
): ReadonlySet<string> {
  const name = claimNames.find((candidate) => Object.hasOwn(claims, candidate));
  const text = name === undefined ? undefined : claims[name];
  const made = () => frozenSet(withImplied(scopesOf(claims, claimNames), implied));
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return made();
  // Where nothing implies anything, one issuer is as good as another.
  const own = implied.size === 0 ? undefined : implied;
  const known = sets.get(text);
  if (known && known.implied === own) return known.set;
  const set = made();
  sets.set(text, { implied: own, set });
  return set;
}
