import { RequestMethod, VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

type Version = string | typeof VERSION_NEUTRAL;

/** What the decorators of a route and its module say. */
export interface DeclaredRoute {
  readonly method: RequestMethod;
  /** The prefix of the module, the path of the controller, that of the handler. */
  readonly path: readonly string[];
  readonly versions: Version | readonly Version[] | undefined;
}

/** How a route is called. */
export interface CalledRoute {
  readonly path: string;
  /** Where it is not part of the path. */
  readonly version?: string | undefined;
}

/** Puts the paths of routes together in the way in which Nest does. */
export class HttpPaths {
  constructor(private readonly config: ApplicationConfig) {}

  /** One for each version. */
  of({ method, path, versions }: DeclaredRoute): CalledRoute[] {
    const versioning = this.config.getVersioning();
    const prefix = this.prefixOf(join(...path), method);
    return (versioning ? [versions ?? VERSION_NEUTRAL].flat() : [VERSION_NEUTRAL]).map(
      (version) => {
        if (typeof version !== 'string') return { path: join(prefix, ...path) };
        if (versioning?.type !== VersioningType.URI)
          return { path: join(prefix, ...path), version };
        const before = versioning.prefix === false ? '' : (versioning.prefix ?? 'v');
        return { path: join(prefix, `${before}${version}`, ...path) };
      },
    );
  }

  /** Those that have no version of their own. */
  get defaultVersions(): DeclaredRoute['versions'] {
    return this.config.getVersioning()?.defaultVersion;
  }

  private prefixOf(path: string, method: RequestMethod): string {
    const excluded = this.config.getGlobalPrefixOptions().exclude ?? [];
    const isExcluded = excluded.some(
      ({ requestMethod, pathRegex }) =>
        [RequestMethod.ALL, -1, method].includes(requestMethod) && pathRegex.test(path),
    );
    return isExcluded ? '' : this.config.getGlobalPrefix();
  }
}

/** With one slash between parts, and none before a group that may be left out (`{/:id}`). */
export function join(...parts: readonly string[]): string {
  const joined = `/${parts.filter((part) => part !== '').join('/')}`.replaceAll(/\/{2,}/g, '/');
  return joined.replaceAll('/{/', '{/').replace(/(?<=.)\/$/, '') || '/';
}
