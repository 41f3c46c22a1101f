/*
 * Prefixed strings rather than symbols: Nest prints them when a dependency is missing, and two copies of this package
 * in one process still mean the same provider.
 */

export const RESOLVED_OPTIONS = 'JWT_AUTH:RESOLVED_OPTIONS';

/** There wherever the module is registered, and nowhere else: whoever has none can say so in plain words. */
export const IS_REGISTERED = 'JWT_AUTH:IS_REGISTERED';

/** What knows which guard stands for `JwtAuthGuard` in this application. */
export const GUARD_IN_USE = 'JWT_AUTH:GUARD_IN_USE';

/** The Passport strategies that were there when Nest began to make this application. */
export const STRATEGIES_BEFORE = 'JWT_AUTH:STRATEGIES_BEFORE';
