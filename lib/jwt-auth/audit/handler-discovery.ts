import { Injectable } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { graphqlHandlers, modulesWithUnguardedFields, rootTypesOf } from './graphql-handlers.js';
import type { Handler } from './handler.js';
import { type HandlerHost, hostsIn } from './handler-host.js';
import { httpHandlers } from './http-handlers.js';
import { HttpPaths } from './http-paths.js';
import { gatewayHandlers, isGateway, rpcHandlers } from './message-handlers.js';

/**
 * Finds the handlers of the application in the way in which Nest does. Of the packages for gateways, microservices and
 * GraphQL it knows the metadata alone, as none of them has to be installed.
 */
@Injectable()
export class HandlerDiscovery {
  private readonly paths: HttpPaths;

  constructor(
    private readonly modules: ModulesContainer,
    config: ApplicationConfig,
  ) {
    this.paths = new HttpPaths(config);
  }

  all(): Handler[] {
    const scanner = newScanner();
    const unguardedFields = modulesWithUnguardedFields(this.modules);
    const roots = rootTypesOf(this.modules);
    const controllers = hostsIn(this.modules, 'controllers');
    const providers = hostsIn(this.modules, 'providers');
    const resolvers = providers.flatMap((host) =>
      graphqlHandlers(host, scanner, unguardedFields, roots),
    );
    return [
      ...controllers.flatMap((host) =>
        httpHandlers(host, scanner, this.paths, this.modules.applicationId),
      ),
      ...controllers.flatMap((host) => rpcHandlers(host, scanner)),
      ...providers.flatMap((host) => gatewayHandlers(host, scanner)),
      ...resolvers,
    ];
  }

  /** Of a microservice that is connected once the application runs, Nest binds what has been loaded lazily, too. */
  messages(): Handler[] {
    const scanner = newScanner();
    return hostsIn(this.modules, 'controllers').flatMap((host) => rpcHandlers(host, scanner));
  }

  /**
   * The classes that Nest may ask for the guards of handlers of gateways: no guard of the whole application reaches
   * these on every version of Nest. Those, too, that have no handler yet.
   */
  classesOfGateways(): ReadonlySet<object> {
    return classesOf(this.gateways());
  }

  /** The gateways that Nest connects. */
  gateways(): readonly HandlerHost[] {
    return hostsIn(this.modules, 'providers').filter(isGateway);
  }

  /** The same of handlers of microservices. */
  classesWithMessages(): ReadonlySet<object> {
    const scanner = newScanner();
    const controllers = hostsIn(this.modules, 'controllers');
    return classesOf(controllers.filter((host) => rpcHandlers(host, scanner).length > 0));
  }
}

function classesOf(hosts: readonly HandlerHost[]): ReadonlySet<object> {
  return new Set(hosts.flatMap(({ classes }) => classes));
}

/** One remembers the methods of a class for good, and a provider that is made later may add some. */
function newScanner(): MetadataScanner {
  return new MetadataScanner();
}
