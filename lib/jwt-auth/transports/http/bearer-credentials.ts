import type { IncomingHttpHeaders } from 'node:http';
import { InvalidRequestError } from '../../errors.js';
import type { RequestState } from './request-state.js';

/** As much of a request as is looked at; Express and Fastify requests both have it. */
export interface HttpRequest extends RequestState {
  readonly headers: IncomingHttpHeaders;
  /** Express: the headers as they came. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** Express: the response that belongs to it. */
  readonly res?: object | undefined;
  /** Fastify: the request of Node beneath. */
  readonly raw?: { readonly rawHeaders?: readonly string[] };
}

/** The scheme name, and no longer word that begins with it. */
const SCHEME = /^bearer(?![\w!#$%&'*+.^`|~-])/i;

/** RFC 6750 section 2.1: "Bearer" 1*SP b64token, and nothing else. */
const CREDENTIALS = /^bearer +([\w.~+/-]+=*)$/i;

/**
 * The Authorization header of a request; a token is taken from nowhere else, unless the option `jwtFromRequest` says so.
 *
 * @throws {InvalidRequestError} when there are two: the first match never wins
 */
export function authorizationOf(request: HttpRequest): string | undefined {
  const { authorization } = request.headers;
  if (typeof authorization !== 'string') return undefined;
  if (hasSeveralAuthorizations(request)) {
    throw new InvalidRequestError('The request has more than one Authorization header');
  }
  return authorization;
}

/**
 * The bearer token in an Authorization header.
 *
 * @returns nothing for credentials of another scheme
 * @throws {InvalidRequestError} when the header is malformed
 */
export function bearerTokenIn(authorization: string): string | undefined {
  if (!SCHEME.test(authorization)) return undefined;
  const token = CREDENTIALS.exec(authorization)?.[1];
  if (!token) throw new InvalidRequestError('The Authorization header is malformed');
  return token;
}

/** Node keeps only the first of several Authorization headers in `headers`; the raw list has them all. */
export function hasSeveralAuthorizations({ rawHeaders, raw }: HttpRequest): boolean {
  const names = rawHeaders ?? raw?.rawHeaders ?? [];
  let count = 0;
  for (let i = 0; i < names.length; i += 2) {
    const name = names[i];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') count += 1;
  }
  return count > 1;
}
