import { declareAccess } from './declare-access.js';

/**
 * Lets requests without a token through, so that `@AccessToken()` is `undefined`. A token that does come must
 * be good and have the scopes that the class and the application ask for: a bad one is 401, never anonymous.
 */
export function OptionalAuth(): ClassDecorator & MethodDecorator {
  return declareAccess('optional');
}
