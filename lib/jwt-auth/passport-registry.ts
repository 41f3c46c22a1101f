import passport, { type Strategy } from 'passport';

/** Any strategy, whatever it takes for a request. */
interface AnyStrategy {
  authenticate(request: object, options: unknown): void;
}

/** Passport's own registry; it is one for the whole process, and its types leave out how strategies are found. */
export function strategyNamed(name: string): object | undefined {
  const all: unknown = Reflect.get(passport, '_strategies');
  if (!isObject(all) || !Object.hasOwn(all, name)) return undefined;
  const strategy: unknown = Reflect.get(all, name);
  return isObject(strategy) ? strategy : undefined;
}

/** All that are registered, by their names. */
export function allStrategies(): ReadonlyMap<string, object> {
  const all: unknown = Reflect.get(passport, '_strategies');
  return new Map(
    Object.entries(Object(all)).filter((entry): entry is [string, object] => isObject(entry[1])),
  );
}

export function registerStrategy(name: string, strategy: Strategy): void {
  passport.use(name, strategy);
}

/** Made by `PassportStrategy` of Nest: an injectable of some application. */
export function isNestStrategy(strategy: object): boolean {
  return 'getPassportInstance' in strategy;
}

/**
 * Runs another strategy in place of the one that Passport runs, with what Passport waits for.
 *
 * @param run what Passport has made for this one request; success, fail, error … are its own members
 */
export function runInstead(strategy: object, run: object, request: object, options: unknown): void {
  const other: AnyStrategy = Object.assign(Object.create(strategy), run);
  other.authenticate(request, options);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
