import type { InjectionToken } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { ResolvedClient } from './options/resolved-client.js';
import type { TokenProvider } from './token-provider.js';

/** Finds the `provider` of a client, wherever in the application it is provided. */
export class ProviderClasses {
  constructor(private readonly modules: ModuleRef) {}

  of(provider: InjectionToken<TokenProvider>): TokenProvider {
    return this.modules.get(provider, { strict: false });
  }

  /** One for each client with a provider that nobody provides. */
  faultsOf(clients: readonly ResolvedClient[]): string[] {
    return clients
      .filter(({ provider }) => provider !== undefined && !this.has(provider))
      .map(
        ({ name }) =>
          `clients.${name}.provider: is not provided by any module of the application. Add it to the providers of one.`,
      );
  }

  private has(provider: InjectionToken<TokenProvider>): boolean {
    try {
      return this.of(provider) !== undefined;
    } catch {
      return false;
    }
  }
}
