import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { isJsonObject } from '../common/json.js';
import type { TokenClientRegistry } from './token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from './token-client.tokens.js';

type Clients = Pick<TokenClientRegistry, 'clients'>;

/**
 * Warns at start where `forRoot` is there more than once: each has clients and tokens of its own, and whoever asks for them
 * outside of the modules that import one gets those of the first.
 */
@Injectable()
export class SecondRootWarning implements OnModuleInit {
  private readonly logger = new Logger('TokenClientModule');

  constructor(
    @Inject(TOKEN_CLIENT_REGISTRY) private readonly registry: TokenClientRegistry,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {}

  onModuleInit(): void {
    const all = this.registries();
    if (all.length < 2) return;
    this.registry.hasOthersBeside = true;
    if (all[0] !== this.registry) return;
    const sets = all.map(({ clients }) => clients.map(({ name }) => `'${name}'`).join(', '));
    this.logger.warn(
      `forRoot is called ${all.length} times in one application: ${sets.map((names) => `with ${names || 'no clients'}`).join('; ')}. ` +
        'Where a module imports none of them, ClientTokenService, UserTokenService and forFeature are those of the first. ' +
        'Call forRoot once, in AppModule, and give it all clients, or add some by TokenClientModule.forFeature(clients), which may have a clientId of their own.',
    );
  }

  /** Found by the name of the provider, as another copy of this package is another class. */
  private registries(): readonly Clients[] {
    const found = [...this.modules.values()].map(
      ({ providers }) => providers.get(TOKEN_CLIENT_REGISTRY)?.instance,
    );
    return found.filter(hasClients);
  }
}

function hasClients(registry: unknown): registry is Clients {
  return isJsonObject(registry) && Array.isArray(registry['clients']);
}
