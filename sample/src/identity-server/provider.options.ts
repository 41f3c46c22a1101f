import type { Configuration } from 'oidc-provider';
import type { ClientRegistration } from './client.registration.js';
import type { SigningKey } from './signing-key.js';
import type { User } from './users.js';

/** An API that tokens are issued for: `identifier` becomes the audience of its tokens. */
export interface Api {
  identifier: string;
  scopes: readonly string[];
}

export interface ProviderOptions {
  issuer: string;
  /** The private signing keys: the first one signs, the public half of all is published. */
  jwks: { keys: [SigningKey, ...SigningKey[]] };
  apis: readonly Api[];
  clients: readonly ClientRegistration[];
  /** Who can sign in. Default: nobody */
  users?: readonly User[];
  /** Lifetime of an access token. Default: 3600 */
  accessTokenTtlSeconds?: number;
  /** Lifetime of an access token that is for a user. Default: `accessTokenTtlSeconds` */
  userAccessTokenTtlSeconds?: number;
  /** Lifetime of a refresh token, counted anew with each use. Default: 14 days */
  refreshTokenTtlSeconds?: number;
  /** More settings of oidc-provider, merged over ours. */
  configuration?: Configuration;
}
