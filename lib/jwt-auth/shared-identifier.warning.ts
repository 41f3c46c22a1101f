import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { APPLICATION_CLIENT_IDS, type ClientIds } from '../common/application-clients.js';
import type { ResolvedOptions } from './options/resolved-options.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';

/**
 * Warns at start where this API has the name of a client of the same application: ID tokens of that client are then
 * for the same audience as access tokens, and only their content tells them apart. RFC 9068 asks for `typ: at+jwt`,
 * which does. The audience that Keycloak gives to nearly all tokens of a realm is warned about, too.
 */
@Injectable()
export class SharedIdentifierWarning implements OnApplicationBootstrap {
  private readonly logger = new Logger('JwtAuthModule');

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly modules: ModuleRef,
  ) {}

  onApplicationBootstrap(): void {
    const clientIds = this.clientIds();
    const lenient = this.options.issuers.filter(({ profile }) => profile !== 'rfc9068');
    if (this.options.issuers.some(({ audience }) => audience.includes('account')))
      this.logger.warn(
        "audience 'account' is in nearly all tokens of a Keycloak realm, so that each of its clients gets in. Add an audience mapper for this API in Keycloak, and give audience its name.",
      );
    const audiences = new Set(lenient.flatMap(({ audience }) => audience));
    for (const name of audiences) {
      if (!clientIds.has(name)) continue;
      this.logger.warn(
        `audience '${name}' is the clientId of TokenClientModule as well, so ID tokens of this client have the same audience as access tokens. Give the API an identifier of its own, or set profile: 'rfc9068' if its access tokens have typ at+jwt.`,
      );
    }
  }

  private clientIds(): ReadonlySet<string> {
    try {
      return this.modules.get<string, ClientIds>(APPLICATION_CLIENT_IDS, { strict: false })();
    } catch {
      // The application has no clients.
      return new Set();
    }
  }
}
