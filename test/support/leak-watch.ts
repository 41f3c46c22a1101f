import { everyFormOf } from './every-form.js';

/** Shorter ones, such as `secret` or `token-1`, are words that texts may have for other reasons. */
const MIN_LENGTH = 12;
const SECRET_FIELDS = new Set([
  'access_token',
  'actor_token',
  'assertion',
  'client_assertion',
  'client_secret',
  'id_token',
  'refresh_token',
  'subject_token',
]);

/** Every secret and token that a token endpoint of the tests has seen or given out. */
const secrets = new Set<string>();
const sources: (() => Iterable<Iterable<[string, unknown]>>)[] = [];
/** Every log line, error and explanation that came out of the package. */
const shown: { what: string; value: unknown }[] = [];

/** Notes the secrets in the request of a client, or in the answer to it: a form or JSON. */
export function noteSecrets(fields: Iterable<[string, unknown]>, authorization?: string): void {
  for (const [name, value] of fields) {
    if (SECRET_FIELDS.has(name) && typeof value === 'string') noteSecret(value);
  }
  const [scheme, credentials = ''] = authorization?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic') return;
  noteSecret(credentials);
  const encoded = Buffer.from(credentials, 'base64').toString().split(':')[1] ?? '';
  noteSecret(encoded);
  noteSecret(new URLSearchParams(`s=${encoded}`).get('s') ?? '');
}

/** Notes where secrets will be found later: the traffic of an authorization server. */
export function noteTraffic(traffic: () => Iterable<Iterable<[string, unknown]>>): void {
  sources.push(traffic);
}

/** Notes something that anybody may get to see. */
export function noteShown(what: string, value: unknown): void {
  shown.push({ what, value });
}

/** Where a secret can be found in what was shown, if anywhere. */
export function leaks(): string[] {
  for (const source of sources) for (const fields of source()) noteSecrets(fields);
  const found: string[] = [];
  for (const { what, value } of shown) {
    const text = everyFormOf(value);
    for (const secret of secrets) {
      const at = text.indexOf(secret);
      if (at >= 0) found.push(`${what}: …${text.slice(Math.max(0, at - 120), at)}<secret>`);
    }
  }
  return found;
}

/** How much there was to look at. */
export function watched(): { secrets: number; shown: number } {
  return { secrets: secrets.size, shown: shown.length };
}

/** Forgets what was shown; what was in use stays in use. */
export function forgetShown(): void {
  shown.length = 0;
}

function noteSecret(value: string): void {
  if (value.length >= MIN_LENGTH) secrets.add(value);
}
