import { parseJsonObject } from '../../common/json.js';

/** What a refusal without a word is taken for. */
export const SILENT_REFUSAL = { error: 'invalid_grant', error_description: undefined } as const;

/**
 * Whether a server refuses a refresh token, and does not say so in the way of RFC 6749 section 5.2: 400 or 403 with nothing
 * in it, or 400 with an object of another kind. A page is that of something in between, and says nothing about the token.
 */
export async function isSilentRefusal(answer: Response): Promise<boolean> {
  const { status } = answer;
  if (status !== 400 && status !== 403) return false;
  const text = (await answer.clone().text()).trim();
  if (text === '') return true;
  const body = parseJsonObject(text);
  if (!body) return false;
  return Object.keys(body).length === 0 || (status === 400 && typeof body['error'] !== 'string');
}
