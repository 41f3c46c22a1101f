import type { Challenge } from './challenge.js';

/** What no honest API comes near. Whatever is beyond is not read. */
const MAX_LENGTH = 16_384;
const MAX_CHALLENGES = 32;
const MAX_PARAMETERS = 64;

const GAP = /[ \t\r\n]*/y;
const GAP_AND_COMMAS = /[ \t\r\n,]*/y;
const TOKEN = /[\w!#$%&'*+\-.^`|~]+/y;
const QUOTED = /"(?:[^"\\]|\\[^])*"/y;
const TOKEN68 = /[\w\-.~+/]+=*(?=[ \t\r\n]*(?:,|$))/y;
const REST_OF_ELEMENT = /(?:[^",]|"(?:[^"\\]|\\[^])*"?)*/y;

/**
 * Reads the values of `WWW-Authenticate`: any number of headers, each with any number of challenges
 * (RFC 9110 section 11.6.1). What is malformed is left out up to the next comma; never throws. Each
 * character is looked at a few times at most, and what it finds is bounded.
 */
export function readChallenges(values: readonly string[]): Challenge[] {
  return values.flatMap((value) => new ChallengeReader(value.slice(0, MAX_LENGTH)).read());
}

class ChallengeReader {
  private position = 0;
  private readonly found: { scheme: string; parameters: Map<string, string> }[] = [];

  constructor(private readonly text: string) {}

  read(): Challenge[] {
    for (this.take(GAP_AND_COMMAS); this.position < this.text.length; this.take(GAP_AND_COMMAS)) {
      if (!this.readElement()) this.take(REST_OF_ELEMENT);
      if (this.found.length > MAX_CHALLENGES) break;
    }
    return this.found.slice(0, MAX_CHALLENGES).map(({ scheme, parameters }) => ({
      scheme,
      // Made of own members only, whatever the names are.
      parameters: Object.fromEntries(parameters),
    }));
  }

  /** What stands between two commas: a parameter, or a scheme with whatever comes first after it. */
  private readElement(): boolean {
    const name = this.take(TOKEN);
    if (name === undefined) return false;
    const spaced = this.take(GAP) !== '';
    if (this.next === '=') return this.readValue(name);
    this.found.push({ scheme: name.toLowerCase(), parameters: new Map() });
    if (this.atEnd) return true;
    if (!spaced) return false;
    if (this.take(TOKEN68) !== undefined) return this.atEnd;
    const parameter = this.take(TOKEN);
    this.take(GAP);
    return parameter !== undefined && this.next === '=' && this.readValue(parameter);
  }

  /** The value of a parameter, from its equals sign on. */
  private readValue(name: string): boolean {
    this.position += 1;
    this.take(GAP);
    const value = this.take(TOKEN) ?? unquoted(this.take(QUOTED));
    this.take(GAP);
    if (value === undefined || !this.atEnd) return false;
    const parameters = this.found.at(-1)?.parameters;
    const key = name.toLowerCase();
    // The first counts where one is given twice.
    if (parameters && parameters.size < MAX_PARAMETERS && !parameters.has(key))
      parameters.set(key, value);
    return true;
  }

  private get next(): string | undefined {
    return this.text[this.position];
  }

  private get atEnd(): boolean {
    return this.next === undefined || this.next === ',';
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    this.position += found?.length ?? 0;
    return found;
  }
}

function unquoted(text: string | undefined): string | undefined {
  return text?.slice(1, -1).replace(/\\([^])/g, '$1');
}
