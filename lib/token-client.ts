/*
 * Calls others, and signs users in. All of it is in the package itself as well.
 */

export type {
  AssertionSigner,
  BasicAuthentication,
  ClientAuthentication,
  ClientSecretSource,
  PrivateKey,
  PrivateKeyJwt,
  TlsClientAuthentication,
} from './authorization-server/client-authentication/client-authentication.js';
export type { BackchannelOptions } from './authorization-server/http/backchannel.options.js';
export type { CallTokenOptions } from './token-client/calls/call-token.js';
export { ClientTokenService } from './token-client/client-token.service.js';
export { DPoPProofError } from './authorization-server/dpop/dpop-proof.error.js';
export type {
  DPoPAlgorithm,
  DPoPOptions,
  DPoPProofContext,
} from './authorization-server/dpop/dpop.options.js';
export {
  ClientSecretUnavailableError,
  NoTokenError,
  ScopeNotGrantedError,
  TokenEndpointUnavailableError,
  TokenProviderFailedError,
  TokenRequestError,
  type TokenEndpointFailure,
  type TokenRefusal,
} from './authorization-server/errors.js';
export {
  CallOptionNotAllowedError,
  InvalidTokenOptionsError,
  OriginNotAllowedError,
  TenantUnresolvedError,
  UnknownTokenClientError,
} from './token-client/calls/call.errors.js';
export {
  NoUserError,
  ReauthenticationRequiredError,
  UserTokenStoreError,
} from './user-tokens/user-token.errors.js';
export type {
  TokenHooks,
  TokenRenewedEvent,
  TokenRequestFailedEvent,
} from './observability/token-hooks.js';
export type { Challenge } from './token-client/calls/challenge.js';
export { MissingScopeError, type MissingScope } from './token-client/axios/missing-scope.error.js';
export {
  InjectTokenClient,
  InjectTokenHttpService,
} from './token-client/inject-token-client.decorator.js';
export { IssuedToken, type IssuedTokenMembers } from './authorization-server/issued-token.js';
export type { ExtraMembers } from './authorization-server/extra-members.js';
export type { RefusalDetails } from './authorization-server/refusal-details.js';
export type {
  RefusedCall,
  RetryOn401,
  RetryPolicy,
  RetryStatuses,
} from './token-client/calls/retry-on-401.js';
export type { SendAs } from './token-client/calls/send-as.js';
export type { ClientHealth } from './token-client/diagnostics/client-health.js';
export type {
  ExplainedError,
  ExplainedRequest,
  TokenExplanation,
} from './token-client/diagnostics/token-explanation.js';
export {
  TokenClientHealthIndicator,
  type TokenClientHealth,
  type TokenClientHealthOptions,
} from './token-client/diagnostics/token-client.health-indicator.js';
export { TokenClientModule } from './token-client/token-client.module.js';
export type { TokenExchangeOptions } from './authorization-server/token-exchange.options.js';
export type {
  TokenKind,
  TokenClientModuleAsyncOptions,
  TokenClientModuleOptions,
  TokenClientOptions,
  TokenClientOptionsFactory,
} from './token-client/options/token-client.options.js';
export type {
  TenantOptions,
  TokenRequestOptions,
} from './token-client/options/token-request.options.js';
export {
  getTokenClientToken,
  getTokenHttpServiceToken,
} from './token-client/token-client.tokens.js';

export type {
  ProvidedToken,
  TokenProvider,
  TokenProviderContext,
} from './token-client/token-provider.js';
export type {
  TokenRequestContext,
  TokenRequestCustomizer,
} from './token-client/options/token-request.context.js';
export type { TokenRequestParameters } from './authorization-server/token-request.parameters.js';
export type { GetTokenOptions, TokenCall } from './token-client/calls/token-source.js';
export { UserTokenService } from './token-client/user-token.service.js';
export type { KeyvLike } from './replicas/keyv-like.js';
export type { TokenLease, TokenLock } from './replicas/token-lock.js';
export {
  KeyvUserTokenStore,
  type KeyvUserTokenStoreOptions,
} from './user-tokens/keyv-user-token.store.js';
export { MemoryUserTokenStore } from './user-tokens/memory-user-token.store.js';
export type { Revocation, RevocationOutcome, RevokeOptions } from './user-tokens/revocation.js';
export { runAs } from './user-tokens/run-as.js';
export type {
  OpenReferenceOptions,
  SealReferenceOptions,
} from './user-tokens/sealed-references.js';
export {
  SessionUserTokenStore,
  type SessionStoreLike,
  type SessionUserTokenStoreOptions,
} from './user-tokens/session-user-token.store.js';
export { UserReferenceError, type UserReferenceFault } from './user-tokens/user-reference.error.js';
export type { UserSession } from './user-tokens/user-session.js';
export type { UserTokenSet } from './user-tokens/user-token-set.js';
export type {
  StoredAccessToken,
  UserTokenRecord,
  UserTokenStore,
} from './user-tokens/user-token.store.js';

// users who sign in
export { CurrentUser } from './user-login/current-user.decorator.js';
export {
  LoginError,
  LoginFailedError,
  LoginRefusedError,
  LoginRequiredError,
  LogoutRefusedError,
  SessionMissingError,
  UnknownLoginError,
} from './user-login/errors.js';
export { UserLoginGuard } from './user-login/user-login.guard.js';
export { UserLoginModule } from './user-login/user-login.module.js';
export type {
  SignedInEvent,
  SignedOutEvent,
  UserLoginModuleAsyncOptions,
  UserLoginModuleOptions,
  UserLoginOptionsFactory,
} from './user-login/user-login.options.js';

// replicas that share a Redis
export type { IoredisClient, NodeRedisClient, RedisClient } from './replicas/redis/redis-client.js';
export { RedisStore, type RedisStoreOptions } from './replicas/redis/redis-store.js';
export { RedisTokenLock, type RedisTokenLockOptions } from './replicas/redis/redis-token-lock.js';

// what goes wrong, as HTTP has it
export { AccessTokenExceptionFilter } from './token-client/exceptions/access-token-exception.filter.js';

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
