import type { AxiosResponse } from 'axios';
import type { Challenge } from '../calls/challenge.js';
import { readChallenges } from '../calls/challenge-reader.js';

/** What the API says in `WWW-Authenticate`. */
export function challengesOf(response: AxiosResponse): Challenge[] {
  const header = headerOf(response, 'www-authenticate');
  const values: unknown[] = Array.isArray(header) ? header : [header];
  return readChallenges(values.filter((value) => typeof value === 'string'));
}

/** A header of an answer, by its name in lower case. Adapters other than Axios' own may bring a plain object. */
export function headerOf({ headers }: AxiosResponse, name: string): unknown {
  const found = Object.entries(headers ?? {}).find(([one]) => one.toLowerCase() === name);
  return found?.[1];
}
