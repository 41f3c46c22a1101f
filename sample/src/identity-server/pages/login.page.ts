import { html } from './html.js';
import type { Page } from './show-page.js';

export interface LoginPage {
  /** The application that the user comes from. */
  application: string;
  username?: string | undefined;
  failed?: boolean;
  leadsTo: unknown;
}

export function loginPage({ application, username, failed, leadsTo }: LoginPage): Page {
  return {
    title: 'Sign in',
    status: failed ? 422 : 200,
    leadsTo,
    body: html`
      <p>to continue to <strong>${application}</strong></p>
      ${failed ? html`<p class="error" role="alert">The name or the password is wrong.</p>` : undefined}
      <form method="post">
        <label>
          Name
          <input name="username" value="${username}" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <div class="actions">
          <button class="main" name="decision" value="sign-in">Sign in</button>
          <button name="decision" value="cancel" formnovalidate>Cancel</button>
        </div>
      </form>
      <p class="hint">This is a sample: try alice with alice-password, or bob with bob-password.</p>
    `,
  };
}
