import type { KoaContextWithOIDC } from 'oidc-provider';
import { html, Html } from './html.js';
import { showPage } from './show-page.js';

/**
 * Asks before it signs out, as nobody can tell whether the user or a page of somebody else sent the
 * browser here. The form comes from oidc-provider, with a token that no other page knows.
 */
export function showLogoutPage(ctx: KoaContextWithOIDC, form: string): void {
  const application = ctx.oidc.client?.clientName ?? ctx.oidc.client?.clientId;
  showPage(ctx, {
    title: 'Sign out?',
    leadsTo: ctx.oidc.params?.['post_logout_redirect_uri'],
    body: html`
      <p>
        ${application === undefined ? 'You' : html`<strong>${application}</strong> has signed you out. You`}
        can also sign out here, and with that everywhere that you signed in with this server.
      </p>
      ${new Html(form)}
      <div class="actions">
        <button class="main" form="op.logoutForm" name="logout" value="yes">Sign out</button>
        <button form="op.logoutForm">Stay signed in here</button>
      </div>
    `,
  });
}

/** For who signs out without an application to go back to. */
export function showLoggedOutPage(ctx: KoaContextWithOIDC): void {
  showPage(ctx, { title: 'Signed out', body: html`<p>You can close this page.</p>` });
}
