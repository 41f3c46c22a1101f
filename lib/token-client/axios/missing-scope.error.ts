import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { AccessTokenError } from '../../common/access-token.error.js';
import { oneLine } from '../../common/excerpt.js';
import { shownUrl } from '../../common/secure-url.js';
import { see } from '../../common/see.js';
import type { AxiosBuild } from './is-axios.js';

/** What a {@link MissingScopeError} knows beside the answer. */
export interface MissingScope {
  client: string;
  method: string;
  url: string;
  requiredScopes: readonly string[];
  grantedScopes: readonly string[];
}

/**
 * The API refused a call as the scope of the token does not allow it (403 with `insufficient_scope`,
 * RFC 6750 section 3.1). It is an `AxiosError` with the answer of the API, and an `AccessTokenError`.
 */
export class MissingScopeError extends AxiosError {
  override readonly name = 'MissingScopeError';
  override readonly code = 'missing_scope';
  /** The named client that made the call. */
  readonly client: string;
  /** The scopes that the API asks for; empty where it does not say. */
  readonly requiredScopes: readonly string[];
  /** The scopes that the token has. */
  readonly grantedScopes: readonly string[];

  constructor(
    missing: MissingScope,
    config: InternalAxiosRequestConfig | undefined,
    request: unknown,
    response: AxiosResponse,
  ) {
    super(
      `${messageFor(missing)} ${see('errors', 'missing_scope')}`,
      'missing_scope',
      config,
      request,
      response,
    );
    this.client = missing.client;
    this.requiredScopes = missing.requiredScopes;
    this.grantedScopes = missing.grantedScopes;
  }

  /** By the brand and the code, as it may inherit from another `AxiosError`, or come from another copy of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== MissingScopeError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return value instanceof AccessTokenError && value.code === 'missing_scope';
  }
}

AccessTokenError.brand(MissingScopeError);

const prototypeUnderBase = new WeakMap<object, object>();

/** The same error, as an instance of the `AxiosError` of another build. */
export function asErrorOf(
  { AxiosError: base }: Pick<AxiosBuild, 'AxiosError'>,
  error: MissingScopeError,
): MissingScopeError {
  if (base !== AxiosError) Object.setPrototypeOf(error, prototypeUnder(base));
  return error;
}

function prototypeUnder(base: typeof AxiosError): object {
  const known = prototypeUnderBase.get(base);
  if (known) return known;
  const members = Object.getOwnPropertyDescriptors(MissingScopeError.prototype);
  const prototype: object = Object.create(base.prototype, members);
  prototypeUnderBase.set(base, prototype);
  return prototype;
}

function messageFor(missing: MissingScope): string {
  const { client, method, url, requiredScopes, grantedScopes } = missing;
  const has = grantedScopes.length > 0 ? `only ${oneLine(grantedScopes.join(' '))}` : 'none';
  const lacking = requiredScopes.filter((scope) => !grantedScopes.includes(scope));
  const call = `Client '${client}' may not ${oneLine(method, 20)} ${shownUrl(url)}: the API wants`;
  if (requiredScopes.length === 0) {
    return `${call} a scope that it does not name, and of scopes the token has ${has}. Ask those who run the API, and add it to scope of client '${client}'.`;
  }
  if (lacking.length === 0) {
    return `${call} the scope ${oneLine(requiredScopes.join(' '))}, which was granted. Is the token for this API, and does the API look in the claim where the authorization server puts scopes?`;
  }
  return `${call} the scope ${oneLine(lacking.join(' '))}, and of scopes the token has ${has}. Add it to scope of client '${client}', and allow it to the clientId at the authorization server.`;
}
