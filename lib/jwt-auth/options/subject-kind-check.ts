import { isJsonObject } from '../../common/json.js';
import { unknownMembers } from '../../common/options/member-faults.js';
import { areClaimMarks } from '../verification/claim-mark.js';
import type { Check } from './checks.js';

const HINT =
  "Use 'user', 'client', or { client, user, otherwise }, such as { client: [['gty', 'client-credentials']], otherwise: 'user' }.";

/** The option `subjectKind`, if it is given. */
export const subjectKindFault: Check<unknown> = (path, value) => {
  if (value === undefined || value === 'user' || value === 'client') return undefined;
  if (!isJsonObject(value)) return `${path}: ${JSON.stringify(value)} is unknown. ${HINT}`;
  const { client, user, otherwise } = value;
  const [unknown] = unknownMembers(path, value, ['client', 'user', 'otherwise']);
  if (unknown !== undefined) return unknown;
  const marks = Object.entries({ client, user }).find(
    ([, list]) => list !== undefined && !areClaimMarks(list),
  );
  if (marks)
    return `${path}.${marks[0]}: must be a list of signs, each a claim, a path or 'header.<name>' with what is there: a text, a number, a RegExp, or true or false for whether it is there. ${HINT}`;
  return [undefined, 'user', 'client', 'none'].some((kind) => kind === otherwise)
    ? undefined
    : `${path}.otherwise: ${JSON.stringify(otherwise)} is unknown. Use 'user', 'client' or 'none'.`;
};
