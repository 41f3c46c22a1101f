import { BackchannelError, type BackchannelFetch } from './http/backchannel.js';
import { excerpt, isUnsafe, oneLine } from '../common/excerpt.js';
import { parseJsonObject } from '../common/json.js';
import { shownUrl } from '../common/secure-url.js';

/** What an authorization server says of itself (RFC 8414, OpenID Connect Discovery). */
export interface IssuerMetadata {
  readonly issuer: string;
  readonly jwks_uri?: string;
  readonly token_endpoint?: string;
  readonly [member: string]: unknown;
}

/** A server that calls itself otherwise than the issuer whose metadata was asked for. */
export interface OtherIssuer {
  readonly issuer: string;
  readonly jwksUri?: string | undefined;
}

/** There are no metadata of an issuer. */
export class MetadataError extends BackchannelError {
  constructor(
    message: string,
    /** Whose metadata were found instead. Nobody vouches for what they say. */
    readonly others: readonly OtherIssuer[],
  ) {
    super(message);
  }
}

/**
 * Fetches the metadata of an issuer from its well-known places, and believes only a document whose
 * `issuer` is the same code point for code point (RFC 8414 section 3.3).
 *
 * @throws {MetadataError} with one line for each place that was asked and what was wrong with it
 * @throws {BackchannelError} when a place does not answer
 */
export async function discoverIssuer(
  issuer: string,
  fetch: BackchannelFetch,
): Promise<IssuerMetadata> {
  const failures: string[] = [];
  const others: OtherIssuer[] = [];
  for (const url of wellKnownUrls(issuer)) {
    // One after the other: the next place is asked only when this one has nothing.
    const found = await readMetadata(url, fetch);
    if (typeof found === 'string') failures.push(found);
    else if (found['issuer'] === issuer) return usable({ ...found, issuer });
    else {
      failures.push(issuerFault(found['issuer'], issuer, shownUrl(url)));
      others.push(...otherIssuer(found));
    }
  }
  const message = `no metadata for issuer ${oneLine(issuer)}: ${failures.join('; ')}`;
  throw new MetadataError(message, others);
}

/** OpenID Connect first, as nearly every server has it; then both insertion forms of RFC 8414. */
function wellKnownUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
  ];
  return [...new Set(places)];
}

async function readMetadata(
  url: string,
  fetch: BackchannelFetch,
): Promise<Record<string, unknown> | string> {
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  const shown = shownUrl(url);
  if (response.status >= 500) {
    throw new BackchannelError(`${shown} answered ${response.status}`, true);
  }
  if (response.status !== 200) return `${shown} answered ${response.status}`;
  return parseJsonObject(await response.text()) ?? `${shown} did not answer with a JSON object`;
}

function otherIssuer({ issuer, jwks_uri: jwksUri }: Record<string, unknown>): OtherIssuer[] {
  if (typeof issuer !== 'string' || issuer === '') return [];
  return [{ issuer, jwksUri: typeof jwksUri === 'string' ? jwksUri : undefined }];
}

function issuerFault(found: unknown, expected: string, url: string): string {
  const shown = excerpt(found);
  const slash =
    typeof found === 'string' && found.replace(/\/$/, '') === expected.replace(/\/$/, '');
  const hint = slash
    ? ', which differs only by the trailing slash: copy it exactly into the option issuer'
    : '';
  return `${url} is the metadata of another issuer: ${shown}${hint}`;
}

/** Drops the endpoints that are not safe to use, so that nobody has to ask again. */
function usable(metadata: IssuerMetadata): IssuerMetadata {
  const plainHttp = new URL(metadata.issuer).protocol === 'http:';
  const safe = ([name, value]: [string, unknown]): boolean => {
    if (!/_(uri|endpoint)$/.test(name)) return true;
    if (typeof value !== 'string' || isUnsafe(value) || !URL.canParse(value)) return false;
    // An issuer on https may not send anybody to plain http, not even on loopback.
    const url = new URL(value);
    return url.protocol === 'https:' || (plainHttp && url.protocol === 'http:');
  };
  return { issuer: metadata.issuer, ...Object.fromEntries(Object.entries(metadata).filter(safe)) };
}
