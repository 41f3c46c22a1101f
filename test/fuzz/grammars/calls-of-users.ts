import fc from 'fast-check';

/** What happens between a request and the calls that are made for it, so that others get in between. */
export type Hop = 'tick' | 'immediate' | 'timer' | 'emitter' | 'stream' | 'nothing';

/** A request of a user, and what is called for it. */
export interface RequestOfUser {
  readonly user: number;
  /** Where it comes in: over HTTP with a token, or as work that somebody has queued. */
  readonly by: 'http' | 'queue';
  readonly calls: readonly {
    readonly client: 'user' | 'exchange' | 'forward' | 'own';
    readonly hops: readonly Hop[];
    /** Whether the API wants another token first. */
    readonly refused: boolean;
  }[];
  /** Whether its calls are made at once, or one after the other. */
  readonly atOnce: boolean;
}

const hop = fc.constantFrom<Hop>('tick', 'immediate', 'timer', 'emitter', 'stream', 'nothing');

const call = fc.record({
  client: fc.constantFrom(
    'user' as const,
    'user' as const,
    'exchange' as const,
    'forward' as const,
    'own' as const,
  ),
  hops: fc.array(hop, { maxLength: 3 }),
  refused: fc.oneof(
    { arbitrary: fc.constant(false), weight: 4 },
    { arbitrary: fc.constant(true), weight: 1 },
  ),
});

/** Those that are under way together. */
export function requestsOfUsers(users: number): fc.Arbitrary<readonly RequestOfUser[]> {
  const request = fc.record({
    user: fc.nat(users - 1),
    by: fc.constantFrom('http' as const, 'http' as const, 'queue' as const),
    calls: fc.array(call, { minLength: 1, maxLength: 3 }),
    atOnce: fc.boolean(),
  });
  return fc.array(request, { minLength: 2, maxLength: 12 });
}
