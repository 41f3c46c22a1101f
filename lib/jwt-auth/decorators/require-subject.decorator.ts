import { clientRequirement, userRequirement } from '../authorization/subject.requirement.js';
import { declareAccess } from './declare-access.js';

/**
 * Opens a controller or a handler only to access tokens that speak for a user: see `isUser` of
 * {@link AccessToken}. A client that has taken the name of a user for its own is not let in.
 */
export function RequireUser(): ClassDecorator & MethodDecorator {
  return declareAccess('required', userRequirement);
}

/**
 * Opens a controller or a handler only to access tokens that a client got for itself, as with the client
 * credentials grant: see `isClient` of {@link AccessToken}.
 */
export function RequireClient(): ClassDecorator & MethodDecorator {
  return declareAccess('required', clientRequirement);
}
