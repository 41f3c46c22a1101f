/** The longest that a server can keep us waiting. */
const MAX_MS = 5 * 60 * 1000;

/** How long `Retry-After` asks to wait (RFC 9110 section 10.2.3), in milliseconds; five minutes at most. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_MS);
}
