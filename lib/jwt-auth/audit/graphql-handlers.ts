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

const SCHEMA_HOST = 'GraphQLSchemaHost';

type Module = HandlerHost['module'];

/** What is asked of a root type, by its name. */
export type RootTypes = ReadonlyMap<string, string>;

/** Those before whose fields Nest runs guards. */
const USUAL_ROOTS: RootTypes = new Map([
  ['Query', 'QUERY'],
  ['Mutation', 'MUTATION'],
  ['Subscription', 'SUBSCRIPTION'],
]);

type RootType = { readonly name: string } | null | undefined;

/** The part of a schema that matters here. */
interface Schema {
  getQueryType?(): RootType;
  getMutationType?(): RootType;
  getSubscriptionType?(): RootType;
}

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
  roots: RootTypes,
): Handler[] {
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    // Nest calls what the class has, whatever the instance has been given since.
    const handler = Object(prototype[name]);
    const parent: string | undefined =
      Reflect.getMetadata(PARENT, handler) || Reflect.getMetadata(PARENT, type);
    const method = methodOf(handler, parent, roots);
    if (method === undefined || name === TYPE_OF_UNION) return [];
    const field =
      method === 'REFERENCE' ? '__resolveReference' : Reflect.getMetadata(NAME, handler) || name;
    const runsGuards =
      (parent !== undefined && USUAL_ROOTS.has(parent)) || !unguardedFields.has(module);
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

/**
 * The root types of all schemas. Under other names than the usual ones, Nest takes what resolves their fields for any
 * fields, though everybody can ask for these. Whole once Nest has made the schemas.
 */
export function rootTypesOf(modules: ModulesContainer): RootTypes {
  const schemas = [...modules.values()].flatMap(({ providers }) =>
    [...providers.values()]
      .filter(({ name }) => name === SCHEMA_HOST)
      .flatMap(({ instance }) => schemaOf(instance) ?? []),
  );
  return new Map([
    ...schemas.flatMap((schema) => [
      ...named(schema.getQueryType?.(), 'QUERY'),
      ...named(schema.getMutationType?.(), 'MUTATION'),
      ...named(schema.getSubscriptionType?.(), 'SUBSCRIPTION'),
    ]),
    ...USUAL_ROOTS,
  ]);
}

/** Until it has a schema, the host throws. */
function schemaOf(host: unknown): Schema | undefined {
  try {
    return Object(Reflect.get(Object(host), 'schema'));
  } catch {
    return undefined;
  }
}

function named(type: RootType, method: string): (readonly [string, string])[] {
  return type ? [[type.name, method]] : [];
}

function methodOf(
  handler: object,
  parent: string | undefined,
  roots: RootTypes,
): string | undefined {
  if (parent === undefined) return undefined;
  if (Reflect.getMetadata(IS_REFERENCE, handler)) return 'REFERENCE';
  if (Reflect.getMetadata(IS_FIELD, handler)) return roots.get(parent) ?? 'FIELD';
  return USUAL_ROOTS.get(parent);
}
