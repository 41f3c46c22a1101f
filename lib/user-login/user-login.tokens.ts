/** The options with their defaults. */
export const RESOLVED_LOGIN = 'UserLoginModule:resolved-options';
/** Where the routes are. */
export const LOGIN_PATH = 'UserLoginModule:path';
