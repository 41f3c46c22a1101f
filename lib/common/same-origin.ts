/**
 * Whether a browser sent this request from a page of this application: it says so itself, in headers that no page
 * can set (Fetch Metadata, `Origin`). Where neither is there, nobody has said so.
 */
export function isFromOwnPage(
  headers: Readonly<Record<string, unknown>>,
  ownOrigin: string,
): boolean {
  const site = headers['sec-fetch-site'];
  const origin = headers['origin'];
  if (site === undefined) return origin === ownOrigin;
  // With `Referrer-Policy: no-referrer` the origin is `null` for our own pages too.
  const fits = origin === undefined || origin === 'null' || origin === ownOrigin;
  return site === 'same-origin' && fits;
}

/** Whether a browser opens a page with this request, and would follow a redirect to another one. */
export function isNavigation(method: unknown, headers: Readonly<Record<string, unknown>>): boolean {
  if (method !== 'GET') return false;
  const mode = headers['sec-fetch-mode'];
  if (mode !== undefined) return mode === 'navigate';
  return typeof headers['accept'] === 'string' && headers['accept'].includes('text/html');
}
