import type { TokenSource } from '../calls/token-source.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { ExchangeSource } from './exchange.source.js';
import { ForwardSource } from './forward.source.js';
import type { UserSources } from './user-sources.js';
import { UserSource } from './user.source.js';

/** Where the calls of a named client get their token: one kind of source for each value of the option `token`. */
export function sourceOf(client: ResolvedClient, from: UserSources): TokenSource {
  switch (client.kind) {
    case 'client':
      return { getToken: (options) => from.application.getToken(client.name, options) };
    case 'user':
      return new UserSource(client, from);
    case 'exchange':
      return new ExchangeSource(client, from);
    case 'forward':
      return new ForwardSource(client, from);
    default:
      return client.kind satisfies never;
  }
}
