/** For each scope that stands for others: all of them, and those that they stand for in turn. */
export type ImpliedScopes = ReadonlyMap<string, readonly string[]>;

/** Follows all implications to their ends. A cycle ends where it began. */
export function resolveImplied(
  declared: Readonly<Record<string, readonly string[]>>,
): ImpliedScopes {
  const direct = new Map(Object.entries(declared));
  const follow = (scope: string, reached: Set<string>): Set<string> => {
    for (const implied of direct.get(scope) ?? []) {
      if (reached.has(implied)) continue;
      reached.add(implied);
      follow(implied, reached);
    }
    return reached;
  };
  return new Map([...direct.keys()].map((scope) => [scope, [...follow(scope, new Set([scope]))]]));
}

/** The scopes of a token, and what they imply. */
export function withImplied(scopes: ReadonlySet<string>, implied: ImpliedScopes): Iterable<string> {
  if (implied.size === 0) return scopes;
  return [...scopes].flatMap((scope) => implied.get(scope) ?? scope);
}
