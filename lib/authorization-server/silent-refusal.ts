import { isJsonObject, parseJsonObject } from '../common/json.js';

/** What a refusal without a word is taken for. */
export const SILENT_REFUSAL = { error: 'invalid_grant', error_description: undefined } as const;

const ABOUT_THE_TOKEN = /refresh|token|grant|expired|revoked|gone/i;
/** What passes, or is fixed by those who run the application. It is no reason to send a user away. */
const ABOUT_SOMETHING_ELSE =
  /too many|\brate\b|limit|quota|thrott?l|tempor|\blater\b|try again|retry|mainten|unavailable|overload|\bbusy\b|time.?out|timed out|secret|certificate/i;
const TRANSIENT_CODE = /^(408|425|429|5\d\d)$/;
/** The grant that was asked for and where, which some servers repeat. */
const REPEATED = /^refresh_token$|^\/|:\/\//;
const MAX_DEPTH = 4;

/**
 * Whether a server refuses a refresh token, and does not say so in the way of RFC 6749 section 5.2: 400 or 403 with nothing
 * in it, or 400 with an object of another kind that is about the token. A page is that of something in between, and says
 * nothing about it.
 */
export async function isSilentRefusal(answer: Response): Promise<boolean> {
  const { status } = answer;
  if (status !== 400 && status !== 403) return false;
  const text = (await answer.clone().text()).trim();
  if (text === '') return true;
  const body = parseJsonObject(text);
  if (!body) return false;
  if (Object.keys(body).length === 0) return true;
  return status === 400 && typeof body['error'] !== 'string' && isAboutTheToken(body);
}

function isAboutTheToken(body: Record<string, unknown>): boolean {
  const said = valuesIn(body);
  if (said.some((value) => TRANSIENT_CODE.test(value) || ABOUT_SOMETHING_ELSE.test(value))) {
    return false;
  }
  // An error that only has a number says as little as an empty answer.
  const isWordless = isJsonObject(body['error']) && said.every((value) => /^-?\d+$/.test(value));
  return isWordless || said.some((value) => ABOUT_THE_TOKEN.test(value) && !REPEATED.test(value));
}

/** The texts and the numbers in an answer, as text. */
function valuesIn(value: unknown, depth = 0): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  return Object.values(value).flatMap((member) => valuesIn(member, depth + 1));
}
