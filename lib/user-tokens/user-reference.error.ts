import { AccessTokenError } from '../common/access-token.error.js';
import { see } from '../common/see.js';

/** What is wrong with a reference to a user. */
export type UserReferenceFault = keyof typeof MESSAGES;

const MESSAGES = {
  contradiction:
    'it names another user than the tokens under its key belong to. Whoever made it has changed it, or somebody else has signed in under that key.',
  malformed: 'it is no text that UserTokenService.sealReference made.',
  unknown_key:
    'it was sealed with a key that is not in encryptionKeys. Keep a key there, behind the new one, until what it sealed has expired.',
  forged: 'it was changed, or made up by somebody else.',
  other_application:
    'another application sealed it: one with another issuer or clientId. Tokens of users are not shared between applications.',
  other_purpose: 'it was sealed for another purpose.',
  expired: 'it has expired. Seal it for longer with expiresInSeconds, where work waits so long.',
} as const;

/** A reference to a user is not believed. Nothing was done in the name of anybody. What it says is not repeated. */
export class UserReferenceError extends AccessTokenError {
  override readonly name = 'UserReferenceError';
  readonly code = 'user_reference_refused';

  constructor(
    /** What is wrong with it. */
    readonly fault: UserReferenceFault,
  ) {
    super(
      `A reference to a user is refused: ${MESSAGES[fault]} ${see('errors', 'user_reference_refused')}`,
    );
  }
}
