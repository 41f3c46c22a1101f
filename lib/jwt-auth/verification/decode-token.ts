import { isUtf8 } from 'node:buffer';
import { parseJsonObject } from '../../common/json.js';
import { InvalidTokenError } from '../errors.js';
import { frozenJson } from './freeze-json.js';

/** The header of a signed token (RFC 7515 section 4), as far as it is looked at. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid?: string;
  readonly typ?: string;
}

/**
 * The claims of a token: frozen and without prototypes all the way down, so that what is not there is `undefined` and no
 * claim can pose as a method.
 */
export type JwtClaims = Readonly<Record<string, unknown>>;

/** A token taken apart. Nothing in it is to be believed until its signature is verified. */
export interface DecodedToken {
  readonly header: TokenHeader;
  /** The whole header, for what some servers say there of their own. */
  readonly parameters: JwtClaims;
  readonly claims: JwtClaims;
}

/** A token as it came, taken apart, with what its signature is checked by. */
export interface SignedToken extends DecodedToken {
  /** What is signed: the first two parts as they came (RFC 7515 section 5.2). */
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

/** Larger than any token in the wild, and bounds the work an attacker gets for one request. */
const MAX_LENGTH = 16 * 1024;
const MAX_KID_LENGTH = 256;

/**
 * The header parameters that change what the other parts mean, each where it does. All others that are not understood are
 * ignored (RFC 7515 section 4): `cty` describes a payload, and one that is a token in turn is no JSON object anyway.
 */
const CHANGING: Readonly<Record<string, (value: unknown) => boolean>> = {
  crit: (value) => value !== undefined,
  // RFC 7797: the payload is not encoded.
  b64: (value) => value !== undefined && value !== true,
  // RFC 7516: an encrypted token has them. ForgeRock AM writes `zip: NONE` where nothing is compressed.
  enc: (value) => value !== undefined,
  zip: (value) => value !== undefined && value !== 'NONE',
};

interface DecodedHeader extends Pick<DecodedToken, 'header' | 'parameters'> {
  readonly text: string;
}

/** The last one that was good: nearly all tokens of an issuer have the same. */
let lastHeader: DecodedHeader | undefined;

/**
 * Takes a token in JWS compact serialisation apart (RFC 7515 section 7.1). Anything that two parsers
 * could read differently is refused: padding, other alphabets, non-canonical last characters, invalid UTF-8,
 * critical extensions, unencoded payloads.
 *
 * @throws {InvalidTokenError}
 */
export function decodeToken(token: unknown): SignedToken {
  if (typeof token !== 'string') throw malformed('not a text');
  if (token.length > MAX_LENGTH) {
    throw new InvalidTokenError('too_large', `${token.length} characters, at most ${MAX_LENGTH}`);
  }
  const segments = token.split('.', 6);
  const [header, payload, last] = segments;
  if (segments.length !== 3 || !header || !payload || !last) {
    throw malformed(segments.length === 5 ? 'encrypted' : 'not three parts');
  }
  const signature = decodeSegment(last, 'signature');
  if (lastHeader?.text !== header) lastHeader = decodeHeader(header);
  return {
    header: lastHeader.header,
    parameters: lastHeader.parameters,
    claims: frozen(decodeJson(payload, 'payload'), 'payload'),
    signingInput: token.slice(0, -last.length - 1),
    signature,
  };
}

function decodeHeader(segment: string): DecodedHeader {
  const parameters = frozen(decodeJson(segment, 'header'), 'header');
  // A copy, as a part of the token would keep all of it in memory.
  const text = Buffer.from(segment).toString();
  return { text, parameters, header: checkHeader(parameters) };
}

function checkHeader(header: JwtClaims): TokenHeader {
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string') throw malformed('alg is not a text');
  if (kid !== undefined && typeof kid !== 'string') throw malformed('kid is not a text');
  if (kid !== undefined && kid.length > MAX_KID_LENGTH) throw malformed('kid is too long');
  if (typ !== undefined && typeof typ !== 'string') throw malformed('typ is not a text');
  const changing = Object.keys(CHANGING).find((name) => CHANGING[name]?.(header[name]));
  if (changing) throw malformed(`header parameter ${changing}`);
  const optional = { ...(kid === undefined ? {} : { kid }), ...(typ === undefined ? {} : { typ }) };
  return Object.freeze({ alg, ...optional });
}

function frozen(object: Record<string, unknown>, part: string): JwtClaims {
  const copy = frozenJson(object);
  if (!copy) throw malformed(`${part} is nested too deeply`);
  return copy;
}

function decodeJson(segment: string, part: string): Record<string, unknown> {
  const bytes = decodeSegment(segment, part);
  const value = isUtf8(bytes) ? parseJsonObject(bytes.toString()) : undefined;
  if (!value) throw malformed(`${part} is not a JSON object`);
  return value;
}

function decodeSegment(segment: string, part: string): Buffer {
  const bytes = Buffer.from(segment, 'base64url');
  // Node skips what it does not know; only canonical base64url survives the way back unchanged.
  if (bytes.toString('base64url') !== segment)
    throw malformed(`${part} is not canonical base64url`);
  return bytes;
}

function malformed(detail: string): InvalidTokenError {
  return new InvalidTokenError('malformed', detail);
}
