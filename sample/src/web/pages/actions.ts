import { html } from '../../common/html.js';

/** What there is to do, for who is signed in. */
export const userActions = html`<nav class="actions" aria-label="What to do">
  <a class="button main" href="/calls/user">Call the API as you</a>
  <a class="button" href="/calls/application">Call it as this application</a>
  <form method="post" action="/sign-out"><button>Sign out</button></form>
</nav>`;

export const signIn = html`<a class="button main" href="/auth/login">Sign in</a>`;

/** What there is to do without a user. */
export const guestActions = html`<nav class="actions" aria-label="What to do">
  ${signIn}
  <a class="button" href="/calls/application">Call the API as this application</a>
</nav>`;
