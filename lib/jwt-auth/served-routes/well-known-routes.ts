import { type ServedRoute, tidied } from './served-route.js';

/** Only the pages of @nestjs/swagger have it. */
const SWAGGER = '/swagger-ui-init.js';

/** What @nestjs/swagger puts on the adapter, wherever it was told to. */
export function pathsOfSwagger(routes: readonly ServedRoute[]): string[] {
  return routes
    .filter(({ path }) => path.endsWith(SWAGGER))
    .map(({ path }) => path.slice(0, -SWAGGER.length))
    .flatMap((page) => [
      tidied(page),
      ...[SWAGGER, '/index.html', '/LICENSE'].map((file) => page + file),
      ...['-json', '-yaml'].map((end) => (page || '/') + end),
      // Where it has no folder of its own, files of others are there too.
      ...(page === '' ? [] : [`${page}/*`]),
    ]);
}

/** Without what is within a folder that is served: Fastify may have a route for each file. */
export function foldersFirst(routes: readonly ServedRoute[]): ServedRoute[] {
  const folders = routes.filter(({ path }) => path.length > 2 && path.endsWith('/*'));
  return routes.filter(
    ({ method, path }) =>
      !folders.some(
        (folder) =>
          method === folder.method &&
          path !== folder.path &&
          path.startsWith(folder.path.slice(0, -1)),
      ),
  );
}
