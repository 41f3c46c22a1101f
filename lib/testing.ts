/*
 * For tests of applications that use this package. Nothing else imports it, and it does nothing in production.
 */

export { TestClock, type TimeSpan } from './testing/test-clock.js';
export { TestKeys, type RotateOptions } from './testing/test-keys.js';
export { TestKitError } from './testing/test-kit.error.js';
export type { TestingModuleLike } from './testing/testing-module.js';
export { type BearerHeaders, TestTokens, testTokens } from './testing/test-tokens.js';
export type { TestTokenClaims } from './testing/token-claims.js';
