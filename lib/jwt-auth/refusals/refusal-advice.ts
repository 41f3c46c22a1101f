import { hasAnyMarks } from '../verification/claim-mark.js';
import type { AdviceCase } from './advice-case.js';
import { AUDIENCE } from './audience.advice.js';
import { FOREIGN } from './foreign.advice.js';
import { ISSUER } from './issuer.advice.js';
import { KIND } from './kind.advice.js';
import { MALFORMED } from './malformed.advice.js';
import type { RefusedToken } from './refused-token.js';
import { SIGNATURE } from './signature.advice.js';

/** What to do about a refused token, where it is known what most likely went wrong. */
export interface Advice {
  /** One name for all tokens that it is given for. */
  readonly name: string;
  readonly text: string;
}

/** The first that fits is given, so in each list the special ones come first. */
const CASES: readonly AdviceCase[] = [
  ...FOREIGN,
  ...MALFORMED,
  ...ISSUER,
  ...AUDIENCE,
  ...SIGNATURE,
  ...KIND,
];

const byReason = new Map<string, AdviceCase[]>();
for (const entry of CASES)
  for (const reason of entry.reasons)
    byReason.set(reason, [...(byReason.get(reason) ?? []), entry]);

/** What to do about a refused token; nothing where its reason says all there is. */
export function adviceFor(token: RefusedToken): Advice | undefined {
  const found = byReason.get(token.reason)?.find((entry) => fits(entry, token));
  if (!found) return undefined;
  const { name, text } = found;
  return { name, text: typeof text === 'string' ? text : text(token) };
}

function fits({ shapes, marks, issuer, when }: AdviceCase, token: RefusedToken): boolean {
  return (
    (shapes?.includes(token.shape) ?? true) &&
    (!marks || hasAnyMarks(token, marks)) &&
    (!issuer || token.trusted.some((name) => issuer(token.claims['iss'], name))) &&
    (when?.(token) ?? true)
  );
}
