import { isJsonObject } from '../../common/json.js';

/** Axios defaults that would take the place of the token without anybody noticing. */
export function axiosDefaultsFaults(
  prefix: string,
  { auth, headers }: Record<string, unknown>,
  tokenHeader: unknown = 'Authorization',
): string[] {
  const faults: string[] = [];
  if (auth !== undefined) faults.push(`${prefix}auth: takes the place of the token. Remove it.`);
  const groups = isJsonObject(headers)
    ? [headers, ...Object.values(headers).filter(isJsonObject)]
    : [];
  for (const header of new Set(['Authorization', String(tokenHeader)])) {
    const isThere = (group: object) =>
      Object.keys(group).some((name) => name.toLowerCase() === header.toLowerCase());
    if (groups.some(isThere)) {
      faults.push(`${prefix}headers.${header}: takes the place of the token. Remove it.`);
    }
  }
  return faults;
}
