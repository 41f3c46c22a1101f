import type { UserSession } from 'nestjs-access-tokens';
import { html } from '../../common/html.js';
import type { TokenFacts } from '../token-watch.js';
import { userActions } from './actions.js';
import { layout } from './layout.js';
import { table } from './table.js';
import { tokenCard } from './token-card.js';
import { nameOf } from './user-name.js';

/** Who is signed in, and what the session holds: never a token. */
export function homePage(user: UserSession, token: TokenFacts | undefined): string {
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
          ${table('Claims of the ID token', Object.entries(user.claims))}
        </section>
      </div>
    `,
  });
}
