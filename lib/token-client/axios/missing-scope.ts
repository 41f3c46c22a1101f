import { isAxiosError } from 'axios';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import type { AxiosCall } from './axios-call.js';
import { challengesOf } from './answer-headers.js';
import type { CallingClient } from './calling-client.js';
import { asErrorOf, MissingScopeError } from './missing-scope.error.js';
import { isAboutTokens } from '../calls/retry-on-401.policy.js';

/** RFC 6749 section 3.3, and no longer than any sensible name. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
const MAX_SCOPES = 20;

/** The error to throw where an API says that a call failed for want of scope; nothing for all others. */
export function missingScope(
  error: unknown,
  { name: client, axios }: Pick<CallingClient, 'name' | 'axios'>,
  call: AxiosCall,
  token: IssuedToken,
): MissingScopeError | undefined {
  if (!isAxiosError(error) || error.response?.status !== 403) return undefined;
  const { config, request, response } = error;
  const challenge = challengesOf(response).find(
    (one) => isAboutTokens(one) && one.parameters['error'] === 'insufficient_scope',
  );
  if (!challenge) return undefined;
  const named = challenge.parameters['scope']?.split(' ') ?? [];
  const { method, url } = call;
  const requiredScopes = [...new Set(named)].filter((scope) => SCOPE.test(scope));
  const missing = new MissingScopeError(
    {
      client,
      method,
      url,
      requiredScopes: requiredScopes.slice(0, MAX_SCOPES),
      grantedScopes: [...token.scopes],
    },
    config,
    request,
    response,
  );
  return asErrorOf(axios, missing);
}
