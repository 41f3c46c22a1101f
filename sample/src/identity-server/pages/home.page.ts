import type { Context } from './context.js';
import { html } from './html.js';
import { showPage } from './show-page.js';

/** For somebody who comes here by the address alone: there is nothing to do without an application. */
export function showHome(ctx: Context): void {
  showPage(ctx, {
    title: 'Nothing to do here',
    body: html`
      <p>Applications send you here to sign in. Begin at the web application of the sample.</p>
      <p>For programs: <a href="/.well-known/openid-configuration">what this server can do</a>.</p>
    `,
  });
}
