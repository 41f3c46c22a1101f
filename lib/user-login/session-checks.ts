import { layersOf } from '../common/express-layers.js';
import { isJsonObject } from '../common/json.js';
import { readRequest } from '../common/http-request.js';

const INSTEAD =
  'Register express-session or @fastify/session in main.ts, before the application listens';

/** What is wrong with a session that is not there, or is of a kind that will not do. */
export const NO_SESSION = `session: missing. ${INSTEAD}; if it is there, its store is not connected. Sessions that live in a cookie will not do.`;

/**
 * What can be seen before the first request: that there are no sessions. Nothing where they are there, or cannot be seen.
 *
 * @param application the instance of the HTTP adapter
 */
export function missingSessions(application: unknown): string | undefined {
  const seen = hasDecorator(application) ?? hasLayer(application);
  return seen === false
    ? `session_missing: no session middleware can be seen. Nobody can sign in without one. ${INSTEAD}.`
    : undefined;
}

/**
 * Why the session cookie of a sign-in cannot come back. Middleware for sessions does not even send a secure one over plain
 * http, and says nothing.
 */
export function cookieFault(request: object): string | undefined {
  const session: unknown = Reflect.get(request, 'session');
  const cookie = isJsonObject(session) ? session['cookie'] : undefined;
  if (!isJsonObject(cookie) || cookie['secure'] !== true || isOverHttps(request)) return undefined;
  return 'session_cookie_lost: the session cookie is secure and this sign-in came over http: the browser will not bring it back, and the sign-in cannot be completed. Behind a proxy that speaks https, let the application trust it (trust proxy, trustProxy); for development on http, set cookie.secure to false and give the cookie a name without __Host- or __Secure-.';
}

/**
 * Why browsers drop a cookie that an answer sets: its name begins with `__Host-` or `__Secure-`, and it is not what such a
 * name promises (RFC 6265bis section 4.1.3). Nothing where there is none.
 *
 * @param setCookie the header `Set-Cookie`
 */
export function cookieNameFault(setCookie: unknown): string | undefined {
  for (const text of [setCookie].flat()) {
    const [pair = '', ...attributes] = String(text)
      .split(';')
      .map((part) => part.trim());
    const [, name, prefix] = /^((__Host-|__Secure-)[^=]*)=/i.exec(pair) ?? [];
    const missing = prefix && missingFor(prefix, attributes);
    if (missing) {
      return `session_cookie_lost: browsers drop the cookie ${name}, as cookies with such a name need ${missing}. If it is the one of the session, nobody can sign in. Set cookie.secure to true where the application is reached over https; for development on http, give the cookie a name without __Host- or __Secure-.`;
    }
  }
  return undefined;
}

function missingFor(prefix: string, attributes: readonly string[]): string | undefined {
  const has = (wanted: RegExp) => attributes.some((attribute) => wanted.test(attribute));
  if (!has(/^secure$/i)) return 'Secure';
  if (!/^__Host-$/i.test(prefix)) return undefined;
  if (has(/^domain=./i)) return 'to have no Domain';
  return has(/^path=\/$/i) ? undefined : 'Path=/';
}

/** As the request itself says, or whoever passed it on: what the application makes of that is its own business. */
function isOverHttps(request: object): boolean {
  if (Reflect.get(request, 'secure') === true || Reflect.get(request, 'protocol') === 'https') {
    return true;
  }
  const forwarded = readRequest(request).headers['x-forwarded-proto'];
  return typeof forwarded === 'string' && /^\s*https\b/i.test(forwarded);
}

function hasDecorator(application: unknown): boolean | undefined {
  if (typeof application !== 'object' || application === null) return undefined;
  const has: unknown = Reflect.get(application, 'hasRequestDecorator');
  return typeof has === 'function'
    ? Reflect.apply(has, application, ['session']) === true
    : undefined;
}

/** The middleware of express-session is called by that name. */
function hasLayer(application: unknown): boolean | undefined {
  if (typeof application !== 'function') return undefined;
  return layersOf(application)?.some((layer) => /session/i.test(layer.name ?? ''));
}
