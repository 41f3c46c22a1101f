/** Prefixed strings rather than symbols: Nest prints them when a dependency is missing. */
export const RESOLVED_OPTIONS = 'JWT_AUTH:RESOLVED_OPTIONS';
