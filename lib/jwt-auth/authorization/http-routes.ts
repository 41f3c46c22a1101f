import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** One method and path that lead to a handler. */
export interface HttpRoute {
  readonly type: Type;
  readonly handler: object;
  /** The name of the method. */
  readonly name: string;
  /** Such as `GET`; `ALL` for every method. */
  readonly method: string;
  /** As the controller and the handler declare it: without global prefix, version and prefixes of modules. */
  readonly path: string;
}

/** The keys under which the decorators of Nest keep what they are told. */
const PATH = 'path';
const METHOD = 'method';

/** Finds the routes of all controllers, inherited handlers too, in the way in which Nest does. */
@Injectable()
export class HttpRoutes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  all(): HttpRoute[] {
    return this.discovery
      .getControllers()
      .map(({ metatype }) => metatype)
      .filter((type): type is Type => typeof type === 'function')
      .flatMap((type) => this.routesOf(type));
  }

  private routesOf(type: Type): HttpRoute[] {
    return this.scanner.getAllMethodNames(type.prototype).flatMap((name) => {
      const handler: object = type.prototype[name];
      const paths = pathsOf(handler);
      const method = methodOf(handler);
      return pathsOf(type).flatMap((prefix) =>
        paths.map((path) => ({
          type,
          handler,
          name,
          method,
          path: join(prefix, path),
        })),
      );
    });
  }
}

/** None for a method that is no handler. */
function pathsOf(target: object): string[] {
  const paths: string | string[] | undefined = Reflect.getMetadata(PATH, target);
  return paths === undefined ? [] : [paths].flat();
}

function methodOf(handler: object): string {
  const method: RequestMethod | undefined = Reflect.getMetadata(METHOD, handler);
  return RequestMethod[method ?? RequestMethod.GET];
}

function join(...paths: string[]): string {
  return `/${paths
    .flatMap((path) => path.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;
}
