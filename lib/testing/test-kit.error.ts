import { AccessTokenError } from '../common/access-token.error.js';

/** What a test asks of the test kit cannot be. The message says what to do. */
export class TestKitError extends AccessTokenError {
  override readonly name = 'TestKitError';
  readonly code = 'test_kit';
}

/**
 * Keys and tokens of tests have no business where there are real ones.
 *
 * @throws {TestKitError} with `NODE_ENV=production`
 */
export function refuseProduction(): void {
  if (process.env['NODE_ENV'] !== 'production') return;
  throw new TestKitError(
    'nestjs-access-tokens/testing does not run with NODE_ENV=production. It makes keys and tokens for tests: import it in test files only, and run them with NODE_ENV=test.',
  );
}
