import type { UserSession } from 'nestjs-access-tokens';
import { html } from '../../common/html.js';
import type { ApiClaim } from '../sample-api.js';
import type { TokenFacts } from '../token-watch.js';
import { guestActions, userActions } from './actions.js';
import { layout } from './layout.js';
import { table } from './table.js';
import { tokenCard } from './token-card.js';
import { nameOf } from './user-name.js';

export interface CallPage {
  title: string;
  /** What the API knows of the caller. */
  claims: readonly ApiClaim[];
  user: UserSession | undefined;
  /** The token of the user, if that was used. */
  token?: TokenFacts | undefined;
  /** Whether there is a new one since the call. */
  refreshed?: boolean;
}

export function callPage({ title, claims, user, token, refreshed }: CallPage): string {
  const known = user && !user.ended ? user : undefined;
  return layout({
    title,
    user: known && nameOf(known),
    body: html`
      ${known ? userActions : guestActions}
      <div class="columns">
        <section>
          <h2>What the API answered</h2>
          ${table(
            'Who called it, by the claims of the access token',
            claims.map(({ type, value }) => [type, value]),
          )}
        </section>
        <section>
          <h2>The token</h2>
          ${
            refreshed
              ? html`<p class="notice" role="status">
                  Your token was due, so it was refreshed first.
                </p>`
              : undefined
          }
          ${
            token
              ? tokenCard(token)
              : html`<p>
                  It belongs to this application, which got it by client credentials. All who use
                  the application share it, and it says nothing about you.
                </p>`
          }
        </section>
      </div>
    `,
  });
}
