import { VersioningType } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import type { AuditedRoute } from '../../jwt-auth/audit/audited-route.js';

/** A path that a route answers: `/orders/1` for `/orders/:id`. */
export function examplePath(path: string): string {
  return path
    .replaceAll(/\{[^{}]*\}/g, '')
    .replaceAll(/:\w+/g, '1')
    .replaceAll(/\*\w*/g, 'x');
}

/** The header in which a route wants its version, where it is in one. */
export function versionHeader(
  { version }: AuditedRoute,
  config: ApplicationConfig,
): readonly [string, string] | undefined {
  const versioning = config.getVersioning();
  if (version === undefined) return undefined;
  if (versioning?.type === VersioningType.HEADER) return [versioning.header, version];
  return versioning?.type === VersioningType.MEDIA_TYPE
    ? ['Accept', `application/json;${versioning.key}${version}`]
    : undefined;
}
