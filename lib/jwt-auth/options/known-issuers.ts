import { excerpt } from '../../common/excerpt.js';
import { withoutSlash } from '../issuers/issuer-names.js';
import type { ResolvedIssuer } from './resolved-issuer.js';

/** Whoever sends tokens decides how often they are compared, and each time they are parsed as URLs. */
const MAX_COMPARED = 10;
/** No more fit into a line of a log, however short they are. */
const MAX_SHOWN = 50;

/** The issuers of the options, found by their names: what a token costs does not grow with their number. */
export class KnownIssuers {
  private readonly byName: ReadonlyMap<unknown, ResolvedIssuer>;
  private readonly bareNames = new Map<string, string>();
  private readonly first: readonly string[];
  /** All of them, or as many as fit into a line of a log. */
  readonly shown: string;

  constructor(issuers: readonly ResolvedIssuer[]) {
    this.byName = new Map(issuers.map((rules) => [rules.issuer, rules]));
    for (const { issuer } of issuers) {
      const bare = withoutSlash(issuer);
      if (!this.bareNames.has(bare)) this.bareNames.set(bare, issuer);
    }
    const names = issuers.slice(0, MAX_SHOWN).map(({ issuer }) => issuer);
    this.first = names.slice(0, MAX_COMPARED);
    this.shown = names.map((name) => excerpt(name)).join(', ');
  }

  /** @param iss what a token says, whatever that is */
  rulesOf(iss: unknown): ResolvedIssuer | undefined {
    return this.byName.get(iss);
  }

  /** The one whose name is this, or differs from it by the slash at its end only. */
  twinOf(iss: unknown): string | undefined {
    return typeof iss === 'string' ? this.bareNames.get(withoutSlash(iss)) : undefined;
  }

  /** Those which a name may have been meant for: not all of many. */
  near(iss: unknown): readonly string[] {
    const twin = this.twinOf(iss);
    return twin === undefined || this.first.includes(twin) ? this.first : [...this.first, twin];
  }
}
