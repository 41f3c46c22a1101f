import type { UserReference } from '../common/current-request.js';
import { digestOf } from '../common/digest.js';
import { isJsonObject } from '../common/json.js';
import type { UserIdentity } from './user-identity.js';
import { UserReferenceError } from './user-reference.error.js';

/** Where the tokens of a user live who is known by an access token alone: any process knows the same key. */
export function keyOfUser(issuer: string, subject: string): string {
  return digestOf([issuer, subject]);
}

const SEALED = /^user-reference\.v1\.[\w-]+\.[\w-]+$/;

/** Whether that is a text which stands for a user, and has to be opened. */
export function isSealedReference(text: unknown): text is string {
  return typeof text === 'string' && SEALED.test(text);
}

/**
 * A user that is named by the key alone, or in full: as it is now, whatever becomes of the object that was given.
 *
 * @throws {TypeError} it names nobody, or is still sealed
 */
export function referenceOf(user: unknown, where: string): UserReference {
  const { key, issuer, subject } = isJsonObject(user) ? user : { key: user };
  if (isSealedReference(key)) {
    throw new TypeError(
      `${where}: the reference is sealed. Open it with UserTokenService.openReference().`,
    );
  }
  if (typeof key === 'string' && key !== '' && isOptionalText(issuer) && isOptionalText(subject)) {
    // Queues turn what is not there into null.
    return Object.freeze({ key, issuer: issuer ?? undefined, subject: subject ?? undefined });
  }
  if (isJsonObject(user) && 'audience' in user && 'scopes' in user) {
    throw new TypeError(
      `${where}: this access token was not verified here. Give what TokenVerifier.verify() returned, and no copy of it.`,
    );
  }
  throw new TypeError(`${where}: no user. Give what UserTokenService.currentUser() returned.`);
}

/** Whether a reference says something of its user that its record does not bear out. */
export function contradicts(
  { key, issuer, subject }: UserReference,
  record: Required<UserIdentity>,
): boolean {
  const same =
    (issuer === undefined || issuer === record.issuer) &&
    (subject === undefined || subject === record.subject);
  if (same) return false;
  const isSilent = record.issuer === undefined && record.subject === undefined;
  // Where nobody has said whose tokens they are, the key itself may.
  return !(isSilent && issuer && subject && key === keyOfUser(issuer, subject));
}

/** @throws {UserReferenceError} the record is about another user than the reference */
export function checkReference(
  reference: UserReference,
  record: Required<UserIdentity> | undefined,
): void {
  if (record && contradicts(reference, record)) throw new UserReferenceError('contradiction');
}

function isOptionalText(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}
