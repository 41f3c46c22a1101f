import { Injectable } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { graphqlHandlers, modulesWithUnguardedFields } from './graphql-handlers.js';
import type { Handler } from './handler.js';
import { hostsIn } from './handler-host.js';
import { httpHandlers } from './http-handlers.js';
import { HttpPaths } from './http-paths.js';
import { gatewayHandlers, rpcHandlers } from './message-handlers.js';

/**
 * Finds the handlers of the application in the way in which Nest does. Of the packages for gateways, microservices and
 * GraphQL it knows the metadata alone, as none of them has to be installed.
 */
@Injectable()
export class HandlerDiscovery {
  private readonly paths: HttpPaths;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly scanner: MetadataScanner,
    config: ApplicationConfig,
  ) {
    this.paths = new HttpPaths(config);
  }

  all(): Handler[] {
    const unguardedFields = modulesWithUnguardedFields(this.modules);
    const controllers = hostsIn(this.modules, 'controllers');
    const resolvers = hostsIn(this.modules, 'providers').flatMap((host) =>
      graphqlHandlers(host, this.scanner, unguardedFields),
    );
    return [
      ...controllers.flatMap((host) =>
        httpHandlers(host, this.scanner, this.paths, this.modules.applicationId),
      ),
      ...this.messages(),
      ...resolvers,
    ];
  }

  /**
   * All classes that Nest may ask for the guards of handlers of gateways and microservices: no guard of the whole
   * application reaches these on every version of Nest.
   */
  classesWithMessages(): ReadonlySet<object> {
    const hosts = (['controllers', 'providers'] as const).flatMap((part) =>
      hostsIn(this.modules, part).filter(
        (host) =>
          rpcHandlers(host, this.scanner).length > 0 ||
          gatewayHandlers(host, this.scanner).length > 0,
      ),
    );
    return new Set(hosts.flatMap(({ classes }) => classes));
  }

  private messages(): Handler[] {
    return [
      ...hostsIn(this.modules, 'controllers').flatMap((host) => rpcHandlers(host, this.scanner)),
      ...hostsIn(this.modules, 'providers').flatMap((host) => gatewayHandlers(host, this.scanner)),
    ];
  }
}
