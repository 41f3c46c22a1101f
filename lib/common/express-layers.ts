/** As much of what Express keeps in its router as tells what it answers. */
export interface Layer {
  readonly name?: string;
  readonly handle?: object;
  /** Where newer routers keep the path of a layer. */
  readonly rawPath?: unknown;
  readonly route?: {
    readonly path?: unknown;
    readonly methods?: Readonly<Record<string, unknown>>;
    readonly stack?: readonly Layer[];
  };
}

/** What the router of an application of Express 5 or 4 holds. The latter throws where it is asked for what the former has. */
export function layersOf(application: object): readonly Layer[] | undefined {
  const name = 'lazyrouter' in application ? '_router' : 'router';
  return stackOf(Reflect.get(application, name));
}

export function stackOf(router: unknown): readonly Layer[] | undefined {
  const stack: unknown = Reflect.get(Object(router), 'stack');
  return Array.isArray(stack) ? stack : undefined;
}
