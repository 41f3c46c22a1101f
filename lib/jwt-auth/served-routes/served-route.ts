/** Something that the HTTP server answers without Nest. */
export interface ServedRoute {
  /** `ALL` for every method; `static files` for what answers with files. */
  readonly method: string;
  /** With `*` at its end for everything below. */
  readonly path: string;
  /** Whether Nest may have wrapped the handler, so that its path alone tells whose it is. */
  readonly mayBeOfController?: boolean;
}

/** The keys under which Nest keeps the path and the method of a handler. It copies them to what it puts on the adapter. */
const PATH = 'path';
const METHOD = 'method';

/** Whether a function leads to a handler of a controller. */
export function isOfController(handler: unknown): boolean {
  return (
    typeof handler === 'function' &&
    Reflect.hasMetadata(PATH, handler) &&
    Reflect.hasMetadata(METHOD, handler)
  );
}

/** Without two slashes in a row, and none at the end. */
export function tidied(path: string): string {
  return path.replaceAll(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '') || '/';
}
