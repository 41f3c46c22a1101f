import type { INestApplicationContext } from '@nestjs/common';
import type { ResolvedOptions } from '../jwt-auth/options/resolved-options.js';
import { RESOLVED_OPTIONS } from '../jwt-auth/jwt-auth.tokens.js';
import type { TestClock } from './test-clock.js';
import type { TestIssuers } from './test-issuers.js';
import { TestKitError } from './test-kit.error.js';
import type { TestKeys } from './test-keys.js';

/** What the test kit has put into an application. */
export interface InstalledKit {
  readonly clock: TestClock;
  readonly keys: TestKeys;
  readonly issuers: TestIssuers;
}

const kits = new WeakMap<object, InstalledKit>();

/** Notes what is in the application that has these options. */
export function noteKit(options: ResolvedOptions, kit: InstalledKit): ResolvedOptions {
  kits.set(options, kit);
  return options;
}

/** @throws {TestKitError} where the application has none */
export function kitOf(app: INestApplicationContext): InstalledKit {
  const kit = kits.get(app.get<ResolvedOptions>(RESOLVED_OPTIONS, { strict: false }));
  if (kit) return kit;
  throw new TestKitError(
    'The application was made without the test kit. Make it by tokens.install(Test.createTestingModule({ imports: [AppModule] })), with const tokens = testTokens().',
  );
}
