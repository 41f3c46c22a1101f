import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { ApplicationGuard } from './application.guard.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import { see } from '../../common/see.js';

/** Of @nestjs/throttler. As it comes it counts addresses, which need no user. */
const NEEDS_NO_USER: ReadonlySet<unknown> = new Set(['ThrottlerGuard']);

/**
 * Warns at start where guards of the whole application run before the one of this module: `request.user` is not there
 * yet, so a guard that looks at it finds nobody, whoever sent the request.
 */
@Injectable()
export class GuardOrderWarning implements OnApplicationBootstrap {
  private readonly logger = new Logger('JwtAuthModule');

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly config: ApplicationConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.protect !== 'everything') return;
    const guards: readonly object[] = this.config.getGlobalGuards();
    const ours = guards.findIndex(
      (guard) => guard instanceof ApplicationGuard || guard instanceof JwtAuthGuard,
    );
    const names = guards
      .slice(0, Math.max(0, ours))
      .map((guard) => guard.constructor?.name)
      .filter((name) => !NEEDS_NO_USER.has(name));
    if (names.length === 0) return;
    const [verb, their] = names.length === 1 ? ['runs', 'its'] : ['run', 'their'];
    this.logger.warn(
      `${names.join(', ')} ${verb} before the guard of this module, when request.user is not there yet. If that is needed, put { provide: APP_GUARD, useExisting: JwtAuthGuard } before ${their} APP_GUARD, in the same providers. ${see('guards', 'guards-of-your-own')}`,
    );
  }
}
