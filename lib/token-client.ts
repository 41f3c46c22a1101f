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
} from './token-client/authentication/client-authentication.js';
export type { BackchannelOptions } from './token-client/backchannel.options.js';
export type { CallTokenOptions } from './token-client/call-token.js';
export { ClientTokenService } from './token-client/client-token.service.js';
export { DPoPProofError } from './token-client/dpop/dpop-proof.error.js';
export type {
  DPoPAlgorithm,
  DPoPOptions,
  DPoPProofContext,
} from './token-client/dpop/dpop.options.js';
export {
  ClientSecretUnavailableError,
  NoTokenError,
  ScopeNotGrantedError,
  TokenEndpointUnavailableError,
  TokenProviderFailedError,
  TokenRequestError,
  type TokenEndpointFailure,
  type TokenRefusal,
} from './token-client/errors.js';
export {
  CallOptionNotAllowedError,
  InvalidTokenOptionsError,
  OriginNotAllowedError,
  TenantUnresolvedError,
  UnknownTokenClientError,
} from './token-client/call.errors.js';
export {
  NoUserError,
  ReauthenticationRequiredError,
  UserTokenStoreError,
} from './token-client/user/user-token.errors.js';
export type {
  TokenHooks,
  TokenRenewedEvent,
  TokenRequestFailedEvent,
} from './token-client/events.js';
export type { Challenge } from './token-client/http/challenge.js';
export { MissingScopeError, type MissingScope } from './token-client/http/missing-scope.error.js';
export {
  InjectTokenClient,
  InjectTokenHttpService,
} from './token-client/inject-token-client.decorator.js';
export { IssuedToken, type IssuedTokenMembers } from './token-client/issued-token.js';
export type { ExtraMembers } from './token-client/acquisition/extra-members.js';
export type { RefusalDetails } from './token-client/acquisition/refusal-details.js';
export type {
  RefusedCall,
  RetryOn401,
  RetryPolicy,
  RetryStatuses,
} from './token-client/retry-on-401.js';
export type { SendAs } from './token-client/send-as.js';
export type { ClientHealth } from './token-client/observability/client-health.js';
export type {
  ExplainedError,
  ExplainedRequest,
  TokenExplanation,
} from './token-client/observability/token-explanation.js';
export {
  TokenClientHealthIndicator,
  type TokenClientHealth,
  type TokenClientHealthOptions,
} from './token-client/token-client.health-indicator.js';
export { TokenClientModule } from './token-client/token-client.module.js';
export type {
  TokenExchangeOptions,
  TokenKind,
  TokenClientModuleAsyncOptions,
  TokenClientModuleOptions,
  TokenClientOptions,
  TokenClientOptionsFactory,
} from './token-client/token-client.options.js';
export type { TenantOptions, TokenRequestOptions } from './token-client/token-request.options.js';
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
  TokenRequestParameters,
} from './token-client/token-request.context.js';
export type { GetTokenOptions, TokenCall } from './token-client/token-source.js';
export { UserTokenService } from './token-client/user-token.service.js';
export type { KeyvLike } from './token-client/sharing/keyv-like.js';
export type { TokenLease, TokenLock } from './token-client/sharing/token-lock.js';
export {
  KeyvUserTokenStore,
  type KeyvUserTokenStoreOptions,
} from './token-client/user/keyv-user-token.store.js';
export { MemoryUserTokenStore } from './token-client/user/memory-user-token.store.js';
export type {
  Revocation,
  RevocationOutcome,
  RevokeOptions,
} from './token-client/user/revocation.js';
export { runAs } from './token-client/user/run-as.js';
export type {
  OpenReferenceOptions,
  SealReferenceOptions,
} from './token-client/user/sealed-references.js';
export {
  SessionUserTokenStore,
  type SessionStoreLike,
  type SessionUserTokenStoreOptions,
} from './token-client/user/session-user-token.store.js';
export {
  UserReferenceError,
  type UserReferenceFault,
} from './token-client/user/user-reference.error.js';
export type { UserSession } from './token-client/user/user-session.js';
export type { UserTokenSet } from './token-client/user/user-token-set.js';
export type {
  StoredAccessToken,
  UserTokenRecord,
  UserTokenStore,
} from './token-client/user/user-token.store.js';

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
export type { IoredisClient, NodeRedisClient, RedisClient } from './redis/redis-client.js';
export { RedisStore, type RedisStoreOptions } from './redis/redis-store.js';
export { RedisTokenLock, type RedisTokenLockOptions } from './redis/redis-token-lock.js';

// what goes wrong, as HTTP has it
export { AccessTokenExceptionFilter } from './exceptions/access-token-exception.filter.js';

// what both need
export type { BackchannelHeaders, BackchannelRoute } from './common/backchannel-route.js';
export { AccessTokenError } from './common/access-token.error.js';
export { systemClock } from './common/clock.js';
export type { UserReference } from './common/current-request.js';
export type { Clock } from './common/clock.js';
export { ConfigurationError } from './common/configuration.error.js';
