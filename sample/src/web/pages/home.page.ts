import type { UserSession } from 'nestjs-access-tokens';
import { html } from '../../common/html.js';
import type { TokenFacts } from '../token-watch.js';
import { userActions } from './actions.js';
import { layout } from './layout.js';
import { table } from './table.js';
import { tokenCard } from './token-card.js';
import { nameOf } from './user-name.js';

const times = new Set(['auth_time', 'exp', 'iat', 'nbf']);

/** Who is signed in, and what the session holds: never a token. */
export function homePage(user: UserSession, token: TokenFacts | undefined): string {
  const claims = Object.entries(user.claims).map(
    ([name, value]) => [name, times.has(name) ? new Date(Number(value) * 1000) : value] as const,
  );
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
          ])}
        </section>
        <section>
          <h2>Who you are</h2>
          ${table('Claims of the ID token', claims)}
        </section>
      </div>
    `,
  });
}
