import { isJsonObject, parseJsonObject } from '../common/json.js';

/** What a refusal says beside its error code, by the names that the answer has for it. Safe to be shown and logged. */
export interface RefusalDetails {
  /** The claims that a new token of the user has to satisfy, as JSON text: for a challenge with `insufficient_claims`. */
  readonly claims?: string;
  /** More than the error code says, such as `basic_action` of Microsoft Entra. */
  readonly suberror?: string;
  /** The numbers of the errors. */
  readonly error_codes?: readonly number[];
  /** A page about the error (RFC 6749 section 5.2): http or https, and without user and password. */
  readonly error_uri?: string;
  /** What those who run the server find the request by. */
  readonly trace_id?: string;
  /** What those who run the server find the request by. */
  readonly correlation_id?: string;
}

/** The same as it came. */
export type RefusalMembers = Readonly<Record<keyof RefusalDetails, unknown>>;

const MAX_CLAIMS_LENGTH = 4_096;
const MAX_CODES = 10;
const MAX_URI_LENGTH = 500;
const MAX_WORD_LENGTH = 100;
const WORD = /^[\x21-\x7e]+$/;
const LINE = /^[\x20-\x7e]+$/;

export const NO_DETAILS: RefusalDetails = Object.freeze({});

/** All that may be of use, and nothing else: the rest is not kept. */
export function refusalMembers(body: Readonly<Record<string, unknown>>): RefusalMembers {
  const { claims, suberror, error_codes, error_uri, trace_id, correlation_id } = body;
  return { claims, suberror, error_codes, error_uri, trace_id, correlation_id };
}

/** @param secrets what must not be shown: a member with one of them is left out */
export function refusalDetails(
  members: RefusalMembers | undefined,
  secrets: readonly string[],
): RefusalDetails {
  if (!members) return NO_DETAILS;
  const isClean = (text: string) => !secrets.some((secret) => text.includes(secret));
  const read = {
    claims: claimsIn(members.claims),
    suberror: wordIn(members.suberror),
    error_codes: codesIn(members.error_codes),
    error_uri: uriIn(members.error_uri),
    trace_id: wordIn(members.trace_id),
    correlation_id: wordIn(members.correlation_id),
  };
  const kept = Object.entries(read).filter(
    ([, value]) => value !== undefined && (typeof value !== 'string' || isClean(value)),
  );
  return kept.length > 0 ? Object.freeze(Object.fromEntries(kept)) : NO_DETAILS;
}

function wordIn(value: unknown, maxLength = MAX_WORD_LENGTH): string | undefined {
  const fits = typeof value === 'string' && value.length <= maxLength && WORD.test(value);
  return fits ? value : undefined;
}

function codesIn(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const given: readonly unknown[] = value.slice(0, MAX_CODES);
  const codes = given.filter((code) => typeof code === 'number').filter(Number.isSafeInteger);
  return codes.length > 0 ? Object.freeze(codes) : undefined;
}

/** A JSON object as text, or as the object that some servers make of it. Written anew, so that it is on one line of ASCII. */
function claimsIn(value: unknown): string | undefined {
  const parsed = typeof value === 'string' ? parseJsonObject(value) : value;
  if (!isJsonObject(parsed)) return undefined;
  const text = JSON.stringify(parsed);
  return text.length <= MAX_CLAIMS_LENGTH && LINE.test(text) ? text : undefined;
}

function uriIn(value: unknown): string | undefined {
  const text = wordIn(value, MAX_URI_LENGTH);
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && !username && !password ? text : undefined;
}
