/*
 * Protects an API, and loads nothing of what calls others. All of it is in the package itself as well.
 */

export { AccessToken } from './jwt-auth/verification/access-token.js';
export { AccessAudit } from './jwt-auth/audit/access-audit.js';
export type { AuditedRoute } from './jwt-auth/audit/audited-route.js';
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
export { CLAIM_SHAPES, type ClaimShape } from './jwt-auth/options/claim-shapes.js';
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
export { JwtAuthGuard } from './jwt-auth/guards/jwt-auth.guard.js';
export { JwtAuthModule } from './jwt-auth/jwt-auth.module.js';
export { SIGNATURE_ALGORITHMS } from './jwt-auth/options/token-rules.options.js';
export type { ClaimsResult, ClaimsSchema } from './jwt-auth/options/claims-schema.js';
export type { IssuerOptions, KeyOptions } from './jwt-auth/options/issuer.options.js';
export type {
  JwtAuthAsyncOptions,
  JwtAuthOptions,
  JwtAuthOptionsFactory,
  RefusedHttpRequest,
  RefusedRequest,
} from './jwt-auth/options/jwt-auth.options.js';
export type { SignatureAlgorithm, TokenRules } from './jwt-auth/options/token-rules.options.js';
export {
  MemoryReplayStore,
  type MemoryReplayStoreOptions,
} from './replicas/replay/memory-replay.store.js';
export { ReplayStoreFullError } from './replicas/replay/replay-store-full.error.js';
export type { ReplayStore } from './replicas/replay/replay-store.js';
export type { KeyBackchannelOptions, ReachOptions } from './jwt-auth/options/reach.options.js';
export type {
  RequestWithToken,
  TokenExtractor,
} from './jwt-auth/transports/http/token-extractor.js';
export { TokenVerifier } from './jwt-auth/token-verifier.js';
export type { ClaimMark } from './jwt-auth/verification/claim-mark.js';
export type { ClaimKeys, ClaimPath } from './jwt-auth/verification/claim-path.js';
export type { JwtClaims } from './jwt-auth/verification/decode-token.js';
export type { SubjectKindRule, SubjectMarks } from './jwt-auth/verification/subject-kind.js';

// replicas that share a Redis
export type { IoredisClient, NodeRedisClient, RedisClient } from './replicas/redis/redis-client.js';
export {
  RedisReplayStore,
  type RedisReplayStoreOptions,
} from './replicas/redis/redis-replay.store.js';

// what both need
export type {
  BackchannelHeaders,
  BackchannelRoute,
} from './authorization-server/http/backchannel-route.js';
export { AccessTokenError } from './common/access-token.error.js';
export { systemClock } from './common/clock.js';
export type { UserReference } from './common/current-request.js';
export type { Clock } from './common/clock.js';
export { ConfigurationError } from './common/configuration.error.js';
