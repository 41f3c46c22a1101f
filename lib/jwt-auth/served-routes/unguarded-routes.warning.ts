import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { oneLine } from '../../common/excerpt.js';
import { kindOfError } from '../../common/kind-of-error.js';
import { AccessAudit } from '../audit/access-audit.js';
import { graphqlPaths } from '../audit/graphql-handlers.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import { type ServedRoute, tidied } from './served-route.js';
import { ServedRoutes } from './served-routes.js';
import { foldersFirst, pathsOfSwagger } from './well-known-routes.js';
import { see } from '../../common/see.js';

const MAX_NAMED = 10;
const MAX_PATH_LENGTH = 100;

/**
 * Warns at start of what is answered past every guard though everything is to be protected: routes that are put on the
 * HTTP adapter, by the application or a library, and static files.
 */
@Injectable()
export class UnguardedRoutesWarning implements OnApplicationBootstrap {
  private readonly logger = new Logger('JwtAuthModule');

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly served: ServedRoutes,
    private readonly audit: AccessAudit,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
  ) {}

  onApplicationBootstrap(): void {
    const { protect, strictCoverage } = this.options;
    if (protect === 'everything' || strictCoverage)
      this.attempt(() => this.served.whenKnown((routes) => this.attempt(() => this.tell(routes))));
  }

  /** Whoever puts odd things into a router is not told of them, and can start all the same. */
  private attempt(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.logger.debug(`What is put on the HTTP adapter cannot be told: ${kindOfError(error)}.`);
    }
  }

  private tell(routes: readonly ServedRoute[]): void {
    const named = [...new Set(this.unguarded(routes).map(textOf))];
    if (named.length === 0) return;
    const more = named.length > MAX_NAMED ? ` and ${named.length - MAX_NAMED} more` : '';
    this.logger.warn(
      `No guard of Nest is asked for what is put on the HTTP adapter: ${named.slice(0, MAX_NAMED).join(', ')}${more}. Make controllers of it, or put middleware before it that lets in only who may. ${see('transports', 'what-protect-everything-does-not-reach')}`,
    );
  }

  private unguarded(routes: readonly ServedRoute[]): ServedRoute[] {
    const prefix = this.config.getGlobalPrefix();
    const graphql = graphqlPaths(this.modules).flatMap((path) => [path, `/${prefix}${path}`]);
    const wellKnown = new Set([...pathsOfSwagger(routes), ...graphql].map(tidied));
    const ofControllers = new Set(this.audit.routes.map(({ method, path }) => `${method} ${path}`));
    // A path is there but once, where Nest wraps handlers.
    const isOfController = ({ method, path, mayBeOfController }: ServedRoute) =>
      mayBeOfController && [method, 'ALL'].some((name) => ofControllers.has(`${name} ${path}`));
    return foldersFirst(
      routes.filter((route) => !isOfController(route) && !wellKnown.has(tidied(route.path))),
    );
  }
}

function textOf({ method, path }: ServedRoute): string {
  return `${method} ${oneLine(path, MAX_PATH_LENGTH)}`;
}
