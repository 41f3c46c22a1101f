import type { UserSession } from 'nestjs-access-tokens';
import { html } from '../../common/html.js';
import type { TokenFacts } from '../token-watch.js';
import { userActions } from './actions.js';
import { layout } from './layout.js';
import { table } from './table.js';
import { tokenCard } from './token-card.js';
import { nameOf } from './user-name.js';

/** About the token and the sign-in, and not about who it is. */
const protocol = new Set('acr amr at_hash aud auth_time azp exp iat iss nbf nonce sid'.split(' '));

/** Who is signed in, and what the session holds: never a token. */
export function homePage(user: UserSession, token: TokenFacts | undefined): string {
  const claims = Object.entries(user.claims);
  const ofProtocol = claims.filter(([name]) => protocol.has(name));
  const ofUser = claims.filter(([name]) => !protocol.has(name));
  return layout({
    title: `Hello, ${nameOf(user)}`,
    user: nameOf(user),
    body: html`
      ${userActions}
      <div class="columns">
        <section>
          <h2>Your session</h2>
          ${tokenCard(token)}
          ${table('What the session holds', [
            ['signed in at', user.issuer],
            ['user', user.subject],
            ['refresh token', user.renewable ? 'yes' : 'no'],
            ['access token ends', token?.expiresAt ?? 'has ended'],
            ['refresh is due', token?.refreshDueAt ?? 'now'],
          ])}
        </section>
        <section>
          <h2>Who you are</h2>
          ${table('Claims of the ID token', ofUser)}
          <details>
            <summary>What the ID token says of the sign-in</summary>
            ${table('Claims of the protocol', ofProtocol)}
          </details>
        </section>
      </div>
    `,
  });
}
