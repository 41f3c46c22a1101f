import { InvalidTokenError } from '../errors.js';
import type { ClaimsSchema } from '../jwt-auth.options.js';
import type { JwtClaims } from './decode-token.js';
import { isJsonObject } from '../../common/json.js';
import { freezePlain } from './freeze-json.js';

/**
 * Lets the application's schema check the claims.
 *
 * @returns what the schema makes of them
 * @throws {InvalidTokenError} when the schema refuses them, or fails
 */
export async function checkSchema(schema: ClaimsSchema, claims: JwtClaims): Promise<JwtClaims> {
  const result = await validate(schema, claims);
  if (result.issues) {
    const messages = result.issues.map(({ message }) => message).join('; ');
    throw new InvalidTokenError('claims', `claimsSchema: ${messages.slice(0, 500)}`);
  }
  if (!isJsonObject(result.value))
    throw new InvalidTokenError('claims', 'claimsSchema gave no object');
  freezePlain(result.value);
  return result.value;
}

async function validate(schema: ClaimsSchema, claims: JwtClaims) {
  try {
    return await schema['~standard'].validate(claims);
  } catch {
    throw new InvalidTokenError('claims', 'claimsSchema threw');
  }
}
