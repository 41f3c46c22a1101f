import { html } from '../../common/html.js';
import { signIn } from './actions.js';
import { layout } from './layout.js';

export interface ErrorPage {
  status: number;
  title: string;
  text: string;
  /** What can be done about it. Default: to go back to the home page */
  action?: 'sign-in' | 'retry' | undefined;
  /** The name of whoever is signed in; null where that is not known. */
  user?: string | null | undefined;
}

/** @param path where the user wanted to go */
export function errorPage({ status, title, text, action, user }: ErrorPage, path: string): string {
  return layout({
    title,
    user,
    body: html`<section>
      <p>${text}</p>
      <div class="actions">
        ${action === 'sign-in' ? signIn : undefined}
        ${action === 'retry' ? html`<a class="button main" href="${path}">Try again</a>` : undefined}
        <a class="button" href="/">Home page</a>
      </div>
      <p class="hint">Status ${String(status)}</p>
    </section>`,
  });
}
