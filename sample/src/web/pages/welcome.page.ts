import { html } from '../../common/html.js';
import { guestActions } from './actions.js';
import { layout } from './layout.js';

/** @param ended whether somebody was signed in, and the identity server has put an end to it */
export function welcomePage({ ended }: { ended: boolean }): string {
  return layout({
    title: 'Welcome',
    body: html`<section>
      ${ended ? html`<p class="notice" role="status">Your sign-in has ended. Please sign in again.</p>` : undefined}
      <p>
        Sign in at the identity server of the sample to see who you are, to call an API in your
        name, and to watch how your access token is refreshed.
      </p>
      ${guestActions}
      <p class="hint">Alice and Bob have accounts there. This application never sees a password.</p>
    </section>`,
  });
}
