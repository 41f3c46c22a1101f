/** Leave to do something that costs. */
export interface Permit {
  /** It did no harm: whoever caused it was honest. */
  giveBack(): void;
}

/** What the fetches of one key set may take of a budget that it shares with others. */
export interface FetchLimits {
  /** For a fetch that an unknown `kid` causes, named with its issuer; nothing beyond the budget. */
  permit(name: string): Permit | undefined;
  /** Whether there may be any other fetch, such as that of a set that has grown old. */
  mayLoad(): boolean;
}

/** For issuers that the options name: there are only so many, and each has a budget of its own. */
export const UNLIMITED: FetchLimits = {
  permit: () => ({ giveBack: () => undefined }),
  mayLoad: () => true,
};
