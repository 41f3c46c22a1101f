import type { Configuration } from 'oidc-provider';
import type { ProviderOptions } from './provider.options.js';

const day = 24 * 60 * 60;

/** How long an access token for a user lives, in seconds. */
export function userTokenLifetime(options: ProviderOptions): number {
  return options.userAccessTokenTtlSeconds ?? options.accessTokenTtlSeconds ?? 3600;
}

/** How long everything lives that oidc-provider makes, in seconds. */
export function lifetimes(options: ProviderOptions): NonNullable<Configuration['ttl']> {
  const { accessTokenTtlSeconds = 3600, refreshTokenTtlSeconds = 14 * day } = options;
  return {
    ClientCredentials: accessTokenTtlSeconds,
    AccessToken: userTokenLifetime(options),
    RefreshToken: refreshTokenTtlSeconds,
    AuthorizationCode: 60,
    IdToken: 3600,
    Interaction: 3600,
    Session: 14 * day,
    Grant: Math.max(14 * day, refreshTokenTtlSeconds),
  };
}
