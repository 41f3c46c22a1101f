import { type AccessRule, AccessRules } from './access-rule.js';

/** A handler as the audit knows it. */
export interface DeclaredHandler {
  readonly type: object & { readonly name: string; readonly prototype: object };
  /** The function that Nest calls. */
  readonly handler: object;
  /** The name of the method. */
  readonly name: string;
}

/**
 * Handlers whose decorators would not be obeyed: what they say is lost, or it cannot be told of which method it is. The
 * application must not start with them.
 *
 * @returns one sentence for each
 */
export function declarationFaults(
  rules: AccessRules,
  handlers: readonly DeclaredHandler[],
): string[] {
  const faults = handlers.flatMap(({ type, handler, name }) => {
    const fault = faultOf(rules, type, handler);
    return fault === undefined ? [] : [`${type.name}.${name}: ${fault}`];
  });
  // A handler may have several routes.
  return [...new Set(faults)];
}

function faultOf(rules: AccessRules, type: DeclaredHandler['type'], handler: object) {
  const rule = rules.ofHandler(type, handler);
  if (rule.fault !== undefined) return rule.fault;
  // Guards are told the class by the constructor of the instance, which may be that of another class.
  const { constructor } = type.prototype;
  if (isSame(rule, rules.ofHandler(constructor, handler))) return undefined;
  return `requests would be let in by the decorators of another class, ${constructor.name}, which its instances name as their constructor. Do not copy the member constructor from one class to another.`;
}

function isSame(one: AccessRule, other: AccessRule): boolean {
  return (
    one.mode === other.mode &&
    one.declared === other.declared &&
    one.requirements.length === other.requirements.length &&
    one.requirements.every((requirement, i) => requirement === other.requirements[i])
  );
}
