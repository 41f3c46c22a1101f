import { isJsonObject } from '../../common/json.js';
import { textOfError } from '../../common/kind-of-error.js';
import { askHook } from './ask-hook.js';
import { InvalidTokenError } from '../errors.js';
import type { ClaimsSchema } from '../options/claims-schema.js';
import type { JwtClaims } from './decode-token.js';
import { freezePlain } from './freeze-json.js';

/**
 * Lets the application's schema check the claims.
 *
 * @returns what the schema makes of them
 * @throws {InvalidTokenError} when the schema refuses them, or fails
 * @throws {KeysUnavailableError} when the schema gives no answer in time
 */
export async function checkSchema(schema: ClaimsSchema, claims: JwtClaims): Promise<JwtClaims> {
  const result: unknown = await askHook(
    'claimsSchema',
    () => schema['~standard'].validate(claims),
    (error) => wrong(`claimsSchema threw ${textOfError(error)}`),
  );
  if (!isJsonObject(result)) throw wrong('claimsSchema gave no result');
  const { issues, value } = result;
  if (issues) throw wrong(`claimsSchema: ${messagesOf(issues)}`);
  if (!isJsonObject(value)) throw wrong('claimsSchema gave no object');
  freezePlain(value);
  return value;
}

function messagesOf(issues: unknown): string {
  const list: unknown[] = Array.isArray(issues) ? issues : [issues];
  return list
    .map((issue) => (isJsonObject(issue) ? String(issue['message']) : 'refused'))
    .join('; ');
}

function wrong(detail: string): InvalidTokenError {
  return new InvalidTokenError('claims', detail.slice(0, 500));
}
