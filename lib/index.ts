// in: protecting an API
export { AccessToken } from './jwt-auth/access-token.js';
export { OptionalAuth } from './jwt-auth/decorators/optional-auth.decorator.js';
export { Public } from './jwt-auth/decorators/public.decorator.js';
export { RequireAnyScope, RequireScope } from './jwt-auth/decorators/require-scope.decorator.js';
export {
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
export type { JwtAuthOptions, SignatureAlgorithm } from './jwt-auth/jwt-auth.options.js';
export { TokenVerifier } from './jwt-auth/token-verifier.js';
export type { JwtClaims } from './jwt-auth/verification/decode-token.js';

// out: calling others

// both
export { AccessTokenError } from './common/access-token.error.js';
export { systemClock } from './common/clock.js';
export type { Clock } from './common/clock.js';
export { ConfigurationError } from './common/configuration.error.js';
