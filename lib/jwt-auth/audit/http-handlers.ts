import { RequestMethod } from '@nestjs/common';
import type { MetadataScanner } from '@nestjs/core';
import type { Handler } from './handler.js';
import type { HandlerHost } from './handler-host.js';
import type { DeclaredRoute, HttpPaths } from './http-paths.js';

/** The keys under which the decorators of Nest keep what they are told. */
const PATH = 'path';
const METHOD = 'method';
const VERSION = '__version__';
const MODULE_PATH = '__module_path__';

/** The routes of a controller, inherited ones too: one for each method, path and version. */
export function httpHandlers(
  { type, module, instance, prototype }: HandlerHost,
  scanner: MetadataScanner,
  paths: HttpPaths,
  applicationId: string,
): Handler[] {
  const modulePath: string =
    Reflect.getMetadata(MODULE_PATH + applicationId, module.metatype) ??
    Reflect.getMetadata(MODULE_PATH, module.metatype) ??
    '';
  const versionsOfType: DeclaredRoute['versions'] =
    Reflect.getMetadata(VERSION, type) ?? paths.defaultVersions;
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    const declared = prototype[name];
    if (typeof declared !== 'function') return [];
    const method: RequestMethod = Reflect.getMetadata(METHOD, declared) ?? RequestMethod.GET;
    const versions: DeclaredRoute['versions'] =
      Reflect.getMetadata(VERSION, declared) || versionsOfType;
    const handler = Object(instance[name]);
    return pathsOf(type)
      .flatMap((prefix) => pathsOf(declared).map((path) => [modulePath, prefix, path]))
      .flatMap((path) => paths.of({ method, path, versions }))
      .map((route) => ({
        kind: 'http',
        type,
        handler,
        name,
        method: RequestMethod[method],
        runsGuards: true,
        ...route,
      }));
  });
}

/** None for a method that is no handler. */
function pathsOf(target: object): string[] {
  const paths: string | string[] | undefined = Reflect.getMetadata(PATH, target);
  return paths === undefined ? [] : [paths].flat();
}
