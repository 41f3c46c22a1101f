import { ALONE, type ContestantName, CONTESTANTS } from '../plan.js';
import { type Burst, coldBurst, heldBurst } from './bursts.js';
import { type Participant, participant, type Places } from './participant.js';

/** Tokens that nobody has had before, by number. */
export interface Scopes {
  readonly first: number;
  readonly count: number;
}

/** What the process with all contestants is asked to do. */
export type Job =
  | { readonly kind: 'open'; readonly places: Places }
  | { readonly kind: 'share'; readonly name: ContestantName; readonly scopes: Scopes }
  | { readonly kind: 'cold'; readonly name: ContestantName; readonly scopes: Scopes }
  | {
      readonly kind: 'held';
      readonly name: ContestantName;
      readonly ms: number;
      /** Whether each call names the scope. */
      readonly named: boolean;
    };

const participants = new Map<ContestantName, Participant>();

async function run(job: Job): Promise<Burst | object> {
  if (job.kind === 'open') {
    for (const contestant of [ALONE, ...CONTESTANTS])
      participants.set(contestant.name, await participant(contestant, job.places));
    return {};
  }
  const found = participants.get(job.name);
  if (!found) throw new Error(`${job.name} is not open`);
  if (job.kind === 'cold') return coldBurst(found, namesOf(job.scopes));
  if (job.kind === 'share') {
    await Promise.all(namesOf(job.scopes).map((scope) => found.share(scope)));
    await found.allShared();
    return {};
  }
  if (!found.tokens) throw new Error(`${job.name} has no tokens at hand`);
  return heldBurst(found.tokens, job.named ? 'orders.read' : undefined, job.ms);
}

function namesOf({ first, count }: Scopes): string[] {
  return Array.from({ length: count }, (_none, index) => `scope-${first + index}`);
}

process.on('disconnect', () => process.exit());
process.on('message', (job: Job) => {
  run(job).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.({});
