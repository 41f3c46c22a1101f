import { excerpt } from '../../common/excerpt.js';

/**
 * Says why a name, compared code point for code point, can never match one in a token; or nothing. What a copied line
 * or an environment variable brings along is invisible in most logs.
 */
export function nameFault(path: string, name: string): string | undefined {
  if (/\p{Cc}/u.test(name))
    return `${path}: ${excerpt(name)} holds a line break or another control character. Remove it.`;
  if (name.trim() !== name)
    return `${path}: ${excerpt(name)} has a blank at its start or its end. Remove it.`;
  return undefined;
}

/** The same for the name of an issuer, which has more ways to be wrong. */
export function issuerNameFault(path: string, name: string): string | undefined {
  const shown = excerpt(name);
  if (name.includes('/.well-known/')) {
    return `${path}: ${shown} is the address of metadata. Leave off /.well-known/ and what comes after it.`;
  }
  if (/[{}]/.test(name)) {
    return `${path}: ${shown} is a template, and tokens name a tenant in its place. Give the issuer of your tenant, or resolveIssuer for several.`;
  }
  return nameFault(path, name);
}
