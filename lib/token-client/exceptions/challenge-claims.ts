import { parseJsonObject } from '../../common/json.js';

/** As much as fits into a header beside all others. */
const MAX_LENGTH = 4_000;

/**
 * The claims that an authorization server asks for (OpenID Connect Core section 5.5), as a challenge hands them on: in
 * Base64, as clients of Microsoft Entra expect it, and so that nothing in it can end the parameter.
 *
 * @param refusal an error that may know them, as `claims` or among its `details`
 */
export function claimsForChallenge(refusal: object): string | undefined {
  const details: unknown = Reflect.get(refusal, 'details');
  const among = typeof details === 'object' && details !== null ? details : {};
  const given: unknown = Reflect.get(refusal, 'claims') ?? Reflect.get(among, 'claims');
  if (typeof given !== 'string' || !parseJsonObject(given)) return undefined;
  const encoded = Buffer.from(given).toString('base64');
  return encoded.length <= MAX_LENGTH ? encoded : undefined;
}
