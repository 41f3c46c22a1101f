import { digestOf } from '../../common/digest.js';
import type { Clock } from '../../common/clock.js';
import { kindOfError } from '../../common/kind-of-error.js';
import { TimeoutError, withTimeout } from '../../common/with-timeout.js';
import { NoTokenError, TokenProviderFailedError } from '../../authorization-server/errors.js';
import { IssuedToken } from '../../authorization-server/issued-token.js';
import type { ProvidedToken, TokenProvider, TokenProviderContext } from '../token-provider.js';
import { TaskAborted, type DetachedTasks } from '../../common/detached-tasks.js';
import type { TokenState } from './cached-token.js';
import type { TokenCache } from './token-cache.js';
import type { GrantedToken } from '../../authorization-server/granted-token.js';
import { copyOfContext } from './token-request-plan.js';
import { isSendable } from '../../authorization-server/token-response.js';
import { lifetimeMs, readSeconds } from '../../authorization-server/token-lifetime.js';

/** The tokens that a provider of the application gets in place of the token endpoint. */
export class ProvidedTokens {
  constructor(
    private readonly cache: TokenCache,
    private readonly clock: Clock,
    private readonly work: DetachedTasks,
    private readonly timeoutMs: number,
  ) {}

  async getToken(provider: TokenProvider, context: TokenProviderContext): Promise<IssuedToken> {
    const { client, force, rejected } = context;
    const ownKey = keyFor(provider, context);
    if (ownKey === undefined) {
      const ask = (signal: AbortSignal) => this.ask(provider, { ...context, signal });
      const granted = withTimeout(this.timeoutMs, ask, context.signal);
      return (await granted.catch((error: unknown) => this.fail(error, context))).token;
    }
    // Many callers wait for it, so that the signal of one cannot end it.
    const fetch = () =>
      this.work
        .run(this.timeoutMs, (signal) => this.ask(provider, { ...context, signal }))
        .catch((error: unknown) => this.fail(error, context));
    const lookup = { client, grant: 'provider', force, rejected, fetch };
    return this.cache.get(keyOf(client, ownKey), lookup);
  }

  /** How things stand with the token for this context. Nothing where none is kept. */
  state(provider: TokenProvider, context: TokenProviderContext): TokenState | undefined {
    const ownKey = keyFor(provider, context);
    return ownKey === undefined ? undefined : this.cache.state(keyOf(context.client, ownKey));
  }

  private fail(error: unknown, { client, signal }: TokenProviderContext): never {
    // The caller has left, and gets to hear its own reason.
    if (signal?.aborted) throw error;
    if (error instanceof NoTokenError) throw error;
    throw new TokenProviderFailedError(client, reasonOf(error));
  }

  private async ask(provider: TokenProvider, context: TokenProviderContext): Promise<GrantedToken> {
    const requestedAt = this.clock.now();
    const given = await provider.getToken(copyOfContext(context));
    return { token: issued(given, context.client, requestedAt), requestedAt };
  }
}

/** The key of its own, if it has one. Everything that it is given is a copy. */
function keyFor(provider: TokenProvider, context: TokenProviderContext): string | undefined {
  try {
    return provider.cacheKey?.(copyOfContext(context));
  } catch (error) {
    throw new TokenProviderFailedError(context.client, `has a cacheKey that ${reasonOf(error)}`);
  }
}

function issued(given: ProvidedToken, client: string, requestedAt: number): IssuedToken {
  // The class is somebody else's.
  const { accessToken, tokenType = 'Bearer', expiresInSeconds, scopes = [] } = { ...given };
  if (typeof accessToken !== 'string' || !isSendable(accessToken)) {
    throw new TokenProviderFailedError(client, 'gave no accessToken that can be sent in a header');
  }
  if (typeof tokenType !== 'string' || tokenType.toLowerCase() !== 'bearer') {
    throw new TokenProviderFailedError(
      client,
      'gave a token that is not of type Bearer. Others need a key that only the token endpoint can be shown',
    );
  }
  const lifetime = lifetimeMs(
    { access_token: accessToken, expires_in: readSeconds(expiresInSeconds) },
    requestedAt,
  );
  return new IssuedToken({
    accessToken,
    tokenType: 'Bearer',
    expiresAt: new Date(requestedAt + lifetime),
    scopes,
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof TimeoutError) return error.message;
  if (error instanceof TaskAborted) return `was given up: ${error.message}`;
  return `threw ${kindOfError(error)}`;
}

function keyOf(client: string, ownKey: string): string {
  return digestOf(['provider', client, ownKey]);
}
