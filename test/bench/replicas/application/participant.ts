import type { ClientTokenService } from 'nestjs-access-tokens';
import { makeToken } from '../../outbound/token.js';
import type { Contestant } from '../plan.js';
import { connect } from './connections.js';
import { type Replica, startReplica } from './replica.js';

/** Where everything is. */
export interface Places {
  readonly redis: string;
  readonly tokenEndpoint: string;
}

/** A contestant at work. */
export interface Participant {
  /** Gets the token of a scope for the first time. */
  get(scope: string): Promise<unknown>;
  /** Resolves when it is done with all that it began. */
  settled(): Promise<void>;
  /** Puts the token of a scope where another replica would have put it. */
  share(scope: string): Promise<unknown>;
  /** Resolves when all that was shared is there. */
  allShared(): Promise<void>;
  /** Gives tokens that are at hand. */
  readonly tokens: ClientTokenService | undefined;
}

export function participant(contestant: Contestant, places: Places): Promise<Participant> {
  return contestant.has === 'only-client'
    ? mereClient(contestant, places)
    : replicas(contestant, places);
}

/**
 * Two replicas, the second of which has everything first; only one where nothing is shared. What is at hand is in one more,
 * with nothing else: who has gathered more tokens takes longer to find one.
 */
async function replicas(contestant: Contestant, places: Places): Promise<Participant> {
  const { tokens } = await startReplica(contestant, places);
  const own = await startReplica(contestant, places);
  const other: Replica | undefined =
    contestant.store === 'none' ? undefined : await startReplica(contestant, places);
  return {
    tokens,
    get: (scope) => own.tokens.getToken('api', { scope }),
    settled: () => own.outstanding.settled(),
    share: async (scope) => other?.tokens.getToken('api', { scope }),
    allShared: async () => other?.outstanding.settled(),
  };
}

/** As little as a look into Redis can cost. */
async function mereClient({ store }: Contestant, { redis }: Places): Promise<Participant> {
  if (store === 'none') throw new Error('a client of nothing');
  const { client } = await connect(store, redis);
  return {
    tokens: undefined,
    async get(scope) {
      if (!(await client.get(scope))) throw new Error('the token is not there');
    },
    settled: async () => undefined,
    share: (scope) => client.set(scope, makeToken(scope.length)),
    allShared: async () => undefined,
  };
}
