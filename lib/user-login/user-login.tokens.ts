/** The options with their defaults. */
export const RESOLVED_LOGIN = 'UserLoginModule:resolved-options';
/** Where the routes are. */
export const LOGIN_PATH = 'UserLoginModule:path';

/** @internal There wherever `forRoot` is, and nowhere else: whoever has none can say so in plain words. */
export const IS_REGISTERED = 'UserLoginModule:is-registered';
