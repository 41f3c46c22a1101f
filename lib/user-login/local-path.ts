const MAX_LENGTH = 2_000;
const MAX_DECODINGS = 3;

/**
 * A path of this application that somebody gave, perhaps to lead users away; nothing where a browser, or a proxy
 * that decodes it once more, could take it for another place.
 *
 * @param origin the one of this application
 */
export function localPath(value: unknown, origin: string): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  // Visible ASCII is all there is in the path of a request. Browsers read \ as /, and leave out tabs and line breaks.
  if (!/^\/[\x21-\x7e]*$/.test(value) || value.includes('\\')) return undefined;
  if (!URL.canParse(value, origin)) return undefined;
  const url = new URL(value, origin);
  const { pathname, search, hash } = url;
  return url.origin === origin && !leadsAway(pathname) ? pathname + search + hash : undefined;
}

/**
 * Whether the path is one of another host, or becomes one where it is decoded, however often. Encoded slashes make
 * segments that only some see, and dots among them can take away the rest.
 */
function leadsAway(value: string): boolean {
  let path = value;
  for (let round = 0; round <= MAX_DECODINGS; round++) {
    if (path.startsWith('//') || /[\\\p{Cc}]|%2f|%5c|\/\.\.?(?:\/|$)/iu.test(path)) return true;
    const decoded = decode(path);
    if (decoded === undefined) return true;
    if (decoded === path) return false;
    path = decoded;
  }
  return true;
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
