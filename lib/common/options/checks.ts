import { isJsonObject } from '../json.js';
import { urlFault } from '../secure-url.js';

/*
 * Each of these says what is wrong with the value of one option, as a sentence that begins with the
 * path of the option, or nothing. The types forbid most of it, but values come from the environment and
 * from JavaScript.
 */

const CONTROL = /\p{Cc}/u;

export function functionFault(path: string, value: unknown): string | undefined {
  return value === undefined || typeof value === 'function'
    ? undefined
    : `${path}: not a function. Give one, or leave the option out.`;
}

export function originFault(
  path: string,
  value: unknown,
  allowInsecureHttp: boolean,
): string | undefined {
  const fault = urlFault(path, value, allowInsecureHttp);
  if (fault) return fault;
  const { origin, href } = new URL(String(value));
  return href === `${origin}/`
    ? undefined
    : `${path}: '${String(value)}' is more than an origin. Give '${origin}'.`;
}

export function countFault(path: string, value: unknown): string | undefined {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) > 0)
    ? undefined
    : `${path}: not a whole number above zero. Give one, such as 10_000.`;
}

export function flagFault(path: string, value: unknown): string | undefined {
  // 'false', as it comes from the environment, must not count as yes.
  return value === undefined || typeof value === 'boolean'
    ? undefined
    : `${path}: not a boolean. Give true or false.`;
}

export function clockFault(path: string, value: unknown): string | undefined {
  return value === undefined || (isJsonObject(value) && typeof value['now'] === 'function')
    ? undefined
    : `${path}: has no function now(). Give a clock, or leave the option out.`;
}

export function isTextOrList(value: unknown): value is string | string[] {
  return (
    typeof value === 'string' ||
    (Array.isArray(value) && value.every((entry) => typeof entry === 'string'))
  );
}

/** Never repeats the value, which may be a secret. */
export function textFault(path: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return `${path}: not a string. Give it as text.`;
  if (value === '') return `${path}: empty. Give a value, or leave the option out.`;
  return CONTROL.test(value)
    ? `${path}: has a line break or another control character in it, perhaps at its end. Remove it.`
    : undefined;
}

export function oneOfFault(
  path: string,
  value: unknown,
  allowed: readonly unknown[],
): string | undefined {
  if (value === undefined || allowed.includes(value)) return undefined;
  return `${path}: unknown value. Use ${allowed.map((one) => `'${String(one)}'`).join(' or ')}.`;
}
