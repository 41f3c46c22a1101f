import { Budget } from '../../common/budget.js';
import type { Clock } from '../../common/clock.js';
import { sha256, Sightings } from '../../common/sightings.js';
import type { Permit } from '../keys/fetch-limits.js';

/** How many names that were turned away are known when they come back, at least. */
const TURNED_AWAY = 16_384;

/** A permit that says which share it was taken from. */
export interface StrangerPermit extends Permit {
  readonly share: 'new' | 'returning';
}

/**
 * One budget for all that unverified tokens may cause, whatever names they bear. Names that were turned away and come back
 * have a share of their own: honest clients try again with the same name, and a flood of made-up names cannot take that
 * from them. Honest ones give their permits back once it is known that they are.
 */
export class StrangerBudget {
  private readonly shares: Readonly<Record<StrangerPermit['share'], Budget>>;
  private readonly turnedAway = new Sightings(TURNED_AWAY);

  constructor(clock: Clock, inARow: number, refillMs: number) {
    this.shares = {
      new: new Budget(clock, inARow, refillMs),
      returning: new Budget(clock, inARow, refillMs),
    };
  }

  /** Nothing where there is none left. */
  take(name: string): StrangerPermit | undefined {
    const digest = sha256(name);
    const share = this.turnedAway.has(digest) ? 'returning' : 'new';
    const budget = this.shares[share];
    if (budget.take()) return { share, giveBack: () => budget.giveBack() };
    this.turnedAway.add(digest);
    return undefined;
  }
}
