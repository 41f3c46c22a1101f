import { isJsonObject } from '../../common/json.js';
import { misspelledOptions } from '../../common/options/option-names.js';

const OPTIONS = ['header', 'scheme'];
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;
/** What the request itself is made of. */
const RESERVED =
  /^(accept(-.*)?|connection|content-.*|cookie|date|dpop|expect|host|keep-alive|origin|proxy-.*|range|referer|te|trailer|transfer-encoding|upgrade|user-agent)$/i;

/** What is wrong with the option `sendAs`. */
export function sendAsFaults(path: string, value: unknown, bound: boolean): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) {
    return [`${path}: not an object. Give header, scheme, or both.`];
  }
  const { header, scheme } = value;
  const faults = misspelledOptions(`${path}.`, value, OPTIONS);
  if (header !== undefined && !(typeof header === 'string' && TOKEN.test(header))) {
    faults.push(`${path}.header: no name of a header. Correct it.`);
  } else if (RESERVED.test(String(header))) {
    faults.push(`${path}.header: is decided by the request. Give another one.`);
  }
  if (
    scheme !== undefined &&
    scheme !== '' &&
    !(typeof scheme === 'string' && TOKEN.test(scheme))
  ) {
    faults.push(`${path}.scheme: no scheme. Give one word, such as 'Zoho-oauthtoken', or ''.`);
  }
  if (bound)
    faults.push(
      `${path}: given together with dpop, which says how its tokens are sent. Remove one of them.`,
    );
  return faults;
}
