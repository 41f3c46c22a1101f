// in: protecting an API
export { AccessToken } from './jwt-auth/access-token.js';
export { AccessAudit } from './jwt-auth/authorization/access-audit.js';
export type { AuditedRoute } from './jwt-auth/authorization/audited-route.js';
export type {
  AuthorizationPolicy,
  PolicyType,
} from './jwt-auth/authorization/authorization-policy.js';
export {
  AuthorizationService,
  type PolicyResource,
} from './jwt-auth/authorization/authorization.service.js';
export type { ClaimPredicate, ClaimValue } from './jwt-auth/authorization/claim.requirement.js';
export type { ScopesOfRequest } from './jwt-auth/authorization/computed-scopes.requirement.js';
export { CLAIM_SHAPES, type ClaimShape } from './jwt-auth/claim-shapes.js';
export { OptionalAuth } from './jwt-auth/decorators/optional-auth.decorator.js';
export { Public } from './jwt-auth/decorators/public.decorator.js';
export {
  RequireClaim,
  type ClaimExpectation,
} from './jwt-auth/decorators/require-claim.decorator.js';
export {
  RequireAnyPermission,
  RequirePermission,
} from './jwt-auth/decorators/require-permission.decorator.js';
export { RequirePolicy } from './jwt-auth/decorators/require-policy.decorator.js';
export { RequireAnyRole, RequireRole } from './jwt-auth/decorators/require-role.decorator.js';
export { RequireAnyScope, RequireScope } from './jwt-auth/decorators/require-scope.decorator.js';
export { RequireClient, RequireUser } from './jwt-auth/decorators/require-subject.decorator.js';
export {
  AccessDeniedError,
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  KeysUnavailableError,
  MissingTokenError,
  RequestRefusedError,
} from './jwt-auth/errors.js';
export type { InvalidTokenReason, Refusal } from './jwt-auth/errors.js';
export { JwtAuthGuard } from './jwt-auth/jwt-auth.guard.js';
export { JwtAuthModule } from './jwt-auth/jwt-auth.module.js';
export { SIGNATURE_ALGORITHMS } from './jwt-auth/jwt-auth.options.js';
export type {
  ClaimsResult,
  ClaimsSchema,
  IssuerOptions,
  JwtAuthAsyncOptions,
  JwtAuthOptions,
  JwtAuthOptionsFactory,
  KeyOptions,
  SignatureAlgorithm,
  TokenRules,
} from './jwt-auth/jwt-auth.options.js';
export { TokenVerifier } from './jwt-auth/token-verifier.js';
export type { ClaimPath } from './jwt-auth/verification/claim-path.js';
export type { JwtClaims } from './jwt-auth/verification/decode-token.js';

// out: calling others
export { ClientTokenService, type GetTokenOptions } from './token-client/client-token.service.js';
export {
  ClientSecretUnavailableError,
  NoTokenError,
  OriginNotAllowedError,
  TokenEndpointUnavailableError,
  TokenRequestError,
  UnknownTokenClientError,
  type TokenEndpointFailure,
  type TokenRefusal,
} from './token-client/errors.js';
export {
  InjectTokenClient,
  InjectTokenHttpService,
} from './token-client/inject-token-client.decorator.js';
export { IssuedToken, type IssuedTokenMembers } from './token-client/issued-token.js';
export { TokenClientModule } from './token-client/token-client.module.js';
export type {
  ClientAuthentication,
  ClientSecretSource,
  TokenClientModuleAsyncOptions,
  TokenClientModuleOptions,
  TokenClientOptions,
  TokenClientOptionsFactory,
  TokenRequestOptions,
} from './token-client/token-client.options.js';
export {
  getTokenClientToken,
  getTokenHttpServiceToken,
} from './token-client/token-client.tokens.js';

// both
export { AccessTokenError } from './common/access-token.error.js';
export { systemClock } from './common/clock.js';
export type { Clock } from './common/clock.js';
export { ConfigurationError } from './common/configuration.error.js';
