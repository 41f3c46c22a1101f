import type { ExecutionContext } from '@nestjs/common';
import type { AccessToken } from './access-token.js';

/** One `@RequireScope` or `@RequireAnyScope`. */
export interface ScopeRequirement {
  readonly scopes: readonly string[];
  /** How many of them a token needs. */
  readonly match: 'all' | 'any';
}

/** Whether a token is needed at all. */
export type AccessMode = 'public' | 'optional' | 'required';

/** What the decorators of one class or one method say. */
export interface AccessDeclaration {
  /** Nothing where no decorator speaks. */
  readonly mode?: AccessMode | undefined;
  readonly requirements: readonly ScopeRequirement[];
}

/** What a handler asks of a request: its own decorators, those of its class and those of the application. */
export interface AccessRule {
  readonly mode: AccessMode;
  /** Whether any decorator speaks of this handler. */
  readonly declared: boolean;
  readonly requirements: readonly ScopeRequirement[];
  /** All scopes that appear in the requirements, for the challenge. */
  readonly scopes: readonly string[];
}

/** A prefixed string, so that two loaded copies of this package see each other's decorators. */
const METADATA_KEY = 'JWT_AUTH:ACCESS';

const NOTHING: AccessDeclaration = { requirements: [] };

/** What has been declared on this very class or method. */
export function ownDeclaration(target: object): AccessDeclaration {
  const declared: AccessDeclaration | undefined = Reflect.getOwnMetadata(METADATA_KEY, target);
  return declared ?? NOTHING;
}

/** Replaces what has been declared on a class or a method. */
export function setDeclaration(target: object, declaration: AccessDeclaration): void {
  Reflect.defineMetadata(METADATA_KEY, declaration, target);
}

/** Whether a token meets all requirements of a rule. */
export function meetsRule(token: AccessToken, { requirements }: AccessRule): boolean {
  return requirements.every(({ scopes, match }) =>
    match === 'all'
      ? scopes.every((scope) => token.hasScope(scope))
      : scopes.some((scope) => token.hasScope(scope)),
  );
}

/** Works out the rule of each handler once. */
export class AccessRules {
  private readonly known = new WeakMap<object, WeakMap<object, AccessRule>>();

  /** `applicationScopes` are needed wherever a token is. */
  constructor(private readonly applicationScopes: readonly string[]) {}

  of(context: ExecutionContext): AccessRule {
    const type = context.getClass();
    const handler = context.getHandler();
    let ofType = this.known.get(type);
    if (!ofType) this.known.set(type, (ofType = new WeakMap()));
    let rule = ofType.get(handler);
    // By class as well: an inherited handler is one function, and each subclass has its own decorators.
    if (!rule) ofType.set(handler, (rule = this.combine(type, handler)));
    return rule;
  }

  /** The handler beats its class where they disagree on whether a token is needed; requirements add up. */
  private combine(type: object, handler: object): AccessRule {
    const declared = override(declarationOfClass(type), ownDeclaration(handler));
    const application: ScopeRequirement = { scopes: this.applicationScopes, match: 'all' };
    const requirements = [application, ...declared.requirements].filter(
      ({ scopes }) => scopes.length > 0,
    );
    const scopes = [...new Set(requirements.flatMap((requirement) => requirement.scopes))];
    return {
      mode: declared.mode ?? 'required',
      declared: declared.mode !== undefined,
      requirements,
      scopes,
    };
  }
}

/** What a class says, on top of what the classes it extends say. */
function declarationOfClass(type: object): AccessDeclaration {
  const parent: unknown = Object.getPrototypeOf(type);
  const inherited =
    typeof parent === 'function' && parent !== Function.prototype
      ? declarationOfClass(parent)
      : NOTHING;
  return override(inherited, ownDeclaration(type));
}

function override(outer: AccessDeclaration, inner: AccessDeclaration): AccessDeclaration {
  return {
    mode: inner.mode ?? outer.mode,
    requirements: [...outer.requirements, ...inner.requirements],
  };
}
