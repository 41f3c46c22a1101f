/*
 * For tests of applications that use this package. Nothing else imports it, and it does nothing in production.
 */

export { type ReceivedCall, type ReplyOptions, TestApi } from './testing/outbound/test-api.js';
export {
  type SentTokenRequest,
  TestClient,
  type Throttling,
  type TokenAnswer,
  type TokenRefusal,
} from './testing/outbound/test-client.js';
export type { TokenFacts } from './testing/outbound/token-grants.js';
export { TestClock, type TimeSpan } from './testing/test-clock.js';
export { TestKeys, type RotateOptions } from './testing/test-keys.js';
export { TestKitError } from './testing/test-kit.error.js';
export type { TestingModuleLike } from './testing/testing-module.js';
export { type BearerHeaders, TestTokens, testTokens } from './testing/test-tokens.js';
export type { TestTokenClaims } from './testing/token-claims.js';
export {
  type AttackFinding,
  type AttackSuiteOptions,
  runAttackSuite,
} from './testing/attacks/run-attack-suite.js';
export {
  accessTokenMatchers,
  type AccessTokenMatchers,
  type AnswerLike,
  type ExpectedChallenge,
} from './testing/matchers.js';
