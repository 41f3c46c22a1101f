/**
 * Under what `JwtAuthModule` finds out who may reach a class or a handler. A prefixed string, so that two
 * loaded copies of this package see each other's decorators.
 */
export const ACCESS_METADATA = 'JWT_AUTH:ACCESS';

/** Opens a controller to requests without an access token, for the parts of this package that do not know `JwtAuthModule`. */
export function markPublic(controller: object): void {
  Reflect.defineMetadata(ACCESS_METADATA, { mode: 'public', requirements: [] }, controller);
}
