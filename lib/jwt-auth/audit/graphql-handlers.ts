import type { MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { Handler } from './handler.js';
import type { HandlerHost } from './handler-host.js';

/** The keys under which @nestjs/graphql keeps what its decorators are told, and its options. */
const PARENT = 'graphql:resolver_type';
const NAME = 'graphql:resolver_name';
const IS_FIELD = 'graphql:resolve_property';
const IS_REFERENCE = 'graphql:resolve_reference';
const OPTIONS = 'GqlModuleOptions';

/** Nest runs no guards before it, and all it answers is the name of a type. */
const TYPE_OF_UNION = '__resolveType';

type Module = HandlerHost['module'];

/** The part of the options of GraphQLModule that matters here. */
interface GraphQLOptions {
  readonly path?: string | undefined;
  readonly include?: readonly unknown[] | undefined;
  readonly fieldResolverEnhancers?: readonly string[] | undefined;
}

/** Queries, mutations, subscriptions, fields and references of a resolver. */
export function graphqlHandlers(
  { type, module, prototype }: HandlerHost,
  scanner: MetadataScanner,
  unguardedFields: ReadonlySet<Module>,
): Handler[] {
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    // Nest calls what the class has, whatever the instance has been given since.
    const handler = Object(prototype[name]);
    const parent: string | undefined =
      Reflect.getMetadata(PARENT, handler) || Reflect.getMetadata(PARENT, type);
    const method = methodOf(handler, parent);
    if (method === undefined || name === TYPE_OF_UNION) return [];
    const field =
      method === 'REFERENCE' ? '__resolveReference' : Reflect.getMetadata(NAME, handler) || name;
    const runsGuards = isOperation(parent) || !unguardedFields.has(module);
    return [
      { kind: 'graphql', type, handler, name, method, path: `${parent}.${field}`, runsGuards },
    ];
  });
}

/** The modules whose fields Nest resolves without a guard, as it does unless it is told otherwise. */
export function modulesWithUnguardedFields(modules: ModulesContainer): ReadonlySet<Module> {
  const unguarded = new Set<Module>();
  for (const module of modules.values()) {
    if (!module.providers.has(OPTIONS)) continue;
    const options: GraphQLOptions = Object(module.providers.get(OPTIONS)?.instance);
    if (options.fieldResolverEnhancers?.includes('guards')) continue;
    for (const served of servedBy(options, [...modules.values()])) unguarded.add(served);
  }
  return unguarded;
}

/** Where the endpoints of GraphQL are, below the prefix of the application if it has one. */
export function graphqlPaths(modules: ModulesContainer): string[] {
  return [...modules.values()].flatMap(({ providers }) => {
    if (!providers.has(OPTIONS)) return [];
    const { path = 'graphql' }: GraphQLOptions = Object(providers.get(OPTIONS)?.instance);
    return [`/${path.replace(/^\//, '')}`];
  });
}

/** The modules that are named, with all that they import; without names, all. */
function servedBy({ include }: GraphQLOptions, modules: readonly Module[]): Iterable<Module> {
  if (!include?.length) return modules;
  const served = new Set(modules.filter(({ metatype }) => include.includes(metatype)));
  // A set gives what is added to it on the way, too.
  for (const module of served) for (const imported of module.imports) served.add(imported);
  return served;
}

function methodOf(handler: object, parent: string | undefined): string | undefined {
  if (parent === undefined) return undefined;
  if (Reflect.getMetadata(IS_REFERENCE, handler)) return 'REFERENCE';
  if (Reflect.getMetadata(IS_FIELD, handler)) return 'FIELD';
  return isOperation(parent) ? parent.toUpperCase() : undefined;
}

function isOperation(parent: string | undefined): boolean {
  return parent === 'Query' || parent === 'Mutation' || parent === 'Subscription';
}
