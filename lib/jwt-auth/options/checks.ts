import { excerpt } from '../../common/excerpt.js';
import { unknownNames } from '../../common/options/option-names.js';

/**
 * Says what is wrong with the value of one option and how to fix it, in a sentence that begins with the path
 * of the option; or nothing. Gets the options that stand beside it too.
 */
export type Check<Options> = (path: string, value: unknown, options: Options) => string | undefined;

/** A check for each option that there is. */
export type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check<Options> };

/** Everything that is wrong with a set of options, each sentence beginning with the path of the option. */
export function faultsIn<Options extends object>(
  options: Options,
  checks: Checks<Options>,
  prefix = '',
): string[] {
  const wrong = Object.entries<Check<Options>>(checks).map(([name, check]) =>
    check(prefix + name, Reflect.get(options, name), options),
  );
  return [...wrong, ...unknownNames(prefix, options, Object.keys(checks))].filter(
    (fault) => fault !== undefined,
  );
}

/** Leaves an option alone that is not given. */
export function optional<Options>(check: Check<Options>): Check<Options> {
  return (path, value, options) => (value === undefined ? undefined : check(path, value, options));
}

/** One of a few values. */
export function oneOf(...allowed: readonly unknown[]): Check<unknown> {
  const names = allowed.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)));
  return (path, value) =>
    value === undefined || allowed.includes(value)
      ? undefined
      : `${path}: ${excerpt(value)} is unknown. Use ${names.join(' or ')}.`;
}

/** A function, if it is given. */
export const isFunction: Check<unknown> = (path, value) =>
  value === undefined || typeof value === 'function'
    ? undefined
    : `${path}: must be a function. Give one, or leave the option out.`;

/** `true` or `false`, if it is given. */
export const isBoolean: Check<unknown> = (path, value) =>
  value === undefined || typeof value === 'boolean' ? undefined : `${path}: must be true or false.`;

/** Whether a value is one text or a list of texts, none of which is refused. */
export function isTextOrList(value: unknown, accepts: (text: string) => boolean): boolean {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((text) => typeof text === 'string' && accepts(text));
}

/** The values of an option that is one text or several. */
export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : [...value];
}

/** Any text but the empty one. */
export function isText(text: string): boolean {
  return text !== '';
}
