import { oneLine } from '../../common/excerpt.js';
import { withoutQuery } from '../../common/secure-url.js';
import type { TokenRequest } from '../../authorization-server/token-request.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { notBeforeOf, stageOf, type ExplanationInput } from './explanation-input.js';
import { nextStep } from './next-step.js';
import type { ExplainedRequest, TokenExplanation } from './token-explanation.js';

/** Puts what is known into words. */
export function explain(input: ExplanationInput): TokenExplanation {
  const { client, request, state, tenant, tokenCache } = input;
  const { token, schedule, lastFailure } = state ?? {};
  const { code, message } = lastFailure?.error.forClient(client.name) ?? {};
  const notBefore = notBeforeOf(input)?.toISOString();
  return {
    client: client.name,
    reason: nextStep(input),
    kind: client.kind,
    decidedBy: decidersOf(client),
    ...(tenant !== undefined && { tenant: oneLine(tenant, 200) }),
    ...(request && client.kind !== 'forward' && { request: explained(request, client) }),
    allowedOrigins: [...client.allowedOrigins],
    state: client.kind === 'client' ? stageOf(input) : 'per_user',
    ...(tokenCache && { tokenCache }),
    underWay: state?.underWay ?? false,
    ...(token &&
      schedule && {
        expiresAt: token.expiresAt.toISOString(),
        renewsFrom: new Date(
          Math.max(schedule.renewFrom, state?.retryAfter?.getTime() ?? 0),
        ).toISOString(),
        grantedScopes: [...token.scopes],
        missingScopes: [...token.missingScopes],
      }),
    ...(lastFailure &&
      code !== undefined &&
      message !== undefined && {
        lastError: { code, message, at: lastFailure.at.toISOString() },
      }),
    ...(notBefore && { notBefore }),
  };
}

function decidersOf(client: ResolvedClient): TokenExplanation['decidedBy'] {
  const deciders: TokenExplanation['decidedBy'][number][] = [];
  if (client.templateOf) deciders.push('resolveClient');
  if (client.customize && client.provider === undefined) deciders.push('customizeTokenRequest');
  if (client.provider !== undefined) deciders.push('provider');
  return deciders;
}

function explained(request: TokenRequest, client: ResolvedClient): ExplainedRequest {
  const { server, credentials, grant, scopes, parameters, dpop } = request;
  const named = (wanted: string) =>
    parameters.filter(([name]) => name === wanted).map(([, value]) => value);
  const [audience] = named('audience');
  const names = parameters.map(([name]) => name);
  return {
    ...('issuer' in server
      ? { issuer: server.issuer }
      : { tokenEndpoint: withoutQuery(server.tokenEndpoint) }),
    clientId: credentials.clientId,
    authentication: credentials.method,
    grantType: grantTypeOf(client) ?? grant.type,
    scopes: [...scopes],
    resource: named('resource'),
    ...(audience !== undefined && { audience }),
    parameters: names.filter((name) => name !== 'resource' && name !== 'audience'),
    dpop: dpop !== undefined,
  };
}

/** How the tokens of users are got. */
function grantTypeOf({ kind, exchange }: ResolvedClient): string | undefined {
  if (kind === 'user') return 'refresh_token';
  if (kind !== 'exchange') return undefined;
  const form = exchange.form === 'on-behalf-of' ? 'jwt-bearer' : 'token-exchange';
  return `urn:ietf:params:oauth:grant-type:${form}`;
}
