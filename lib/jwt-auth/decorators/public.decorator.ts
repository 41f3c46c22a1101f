import { declareAccess } from './declare-access.js';

/**
 * Opens a controller or a handler to everybody. A token that comes along is not even looked at. On a
 * handler it beats what the class asks for; a handler with a `@Require...` of its own beats it on the class.
 */
export function Public(): ClassDecorator & MethodDecorator {
  return declareAccess('public');
}
