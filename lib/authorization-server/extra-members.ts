import { isJsonObject } from '../common/json.js';

/** What the answer of a token endpoint says beside the token. Neither tokens nor anything else that is secret. */
export type ExtraMembers = Readonly<Record<string, string | number>>;

const MAX_MEMBERS = 20;
const MAX_NAME_LENGTH = 100;
const MAX_TOTAL_LENGTH = 4_096;
/** What has a place of its own. */
const KNOWN: ReadonlySet<string> = new Set(['token_type', 'expires_in', 'scope']);
const SECRET = /(token|secret|password|assertion|credential|key|cookie|ticket)s?$/i;
/** A JWS or a JWE in its compact form, wherever it stands. */
const JWT = /eyJ[\w-]{10,}\.[\w-]+\./;
const NAME = /^[\x21-\x7e]+$/;

export const NO_EXTRA: ExtraMembers = Object.freeze({});

/**
 * The texts and numbers among the members of an answer that are no tokens: by their names, by their looks, and as they hold
 * none of those that came along. Bounded in number and length, as they are kept with the token.
 *
 * @param tokens what must not be in any of them
 */
export function extraMembers(answer: unknown, tokens: readonly string[]): ExtraMembers {
  if (!isJsonObject(answer)) return NO_EXTRA;
  const kept: [string, string | number][] = [];
  let total = 0;
  for (const [name, value] of Object.entries(answer)) {
    if (KNOWN.has(name) || SECRET.test(name) || !NAME.test(name)) continue;
    if (name.length > MAX_NAME_LENGTH || !isHarmless(value, tokens)) continue;
    const length = name.length + String(value).length;
    if (total + length > MAX_TOTAL_LENGTH) continue;
    total += length;
    kept.push([name, value]);
    if (kept.length === MAX_MEMBERS) break;
  }
  return kept.length > 0 ? Object.freeze(Object.fromEntries(kept)) : NO_EXTRA;
}

function isHarmless(value: unknown, tokens: readonly string[]): value is string | number {
  if (typeof value !== 'string') return typeof value === 'number' && Number.isFinite(value);
  return !JWT.test(value) && !tokens.some((token) => token !== '' && value.includes(token));
}
