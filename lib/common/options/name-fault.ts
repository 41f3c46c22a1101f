import { excerpt, isUnsafe } from '../excerpt.js';

const PLACEHOLDER = /[{}]|%7[bd]/i;

/**
 * Says why a name, compared code point for code point, can never match that of somebody else; or nothing. What a copied
 * line or an environment variable brings along is invisible in most logs.
 */
export function nameFault(path: string, name: string): string | undefined {
  if (/\p{Cc}/u.test(name))
    return `${path}: ${excerpt(name)} holds a line break or another control character. Remove it.`;
  if (isUnsafe(name))
    return `${path}: ${excerpt(name)} holds a character that cannot be seen. Remove it.`;
  if (name.trim() !== name)
    return `${path}: ${excerpt(name)} has a blank at its start or its end. Remove it.`;
  return undefined;
}

/** The same for the name of an API. */
export function audienceNameFault(path: string, name: string): string | undefined {
  return PLACEHOLDER.test(name)
    ? `${path}: ${excerpt(name)} is a template. Put the value in the place of what is in braces.`
    : nameFault(path, name);
}

/**
 * The same for the name of an issuer, which has more ways to be wrong.
 *
 * @param forSeveral the option that finds the issuer of each tenant
 */
export function issuerNameFault(
  path: string,
  name: string,
  forSeveral: 'resolveIssuer' | 'resolveClient',
): string | undefined {
  const shown = excerpt(name);
  if (/\/\.well-known(\/|$)/.test(name)) {
    return `${path}: ${shown} is the address of metadata. Leave off /.well-known/ and what comes after it.`;
  }
  if (PLACEHOLDER.test(name)) {
    return `${path}: ${shown} is a template, and tokens name a tenant in its place. Give the issuer of your tenant, or ${forSeveral} for several.`;
  }
  return nameFault(path, name);
}
