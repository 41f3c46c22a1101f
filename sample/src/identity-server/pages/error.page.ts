import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import type { Context } from './context.js';
import { html } from './html.js';
import { showPage } from './show-page.js';

const pages = new Set(['authorization', 'resume', 'end_session', 'end_session_confirm']);

/** A page where a browser is sent to, and JSON for programs, whatever they say they accept. */
export function renderError(ctx: KoaContextWithOIDC, error: ErrorOut): void {
  if (pages.has(ctx.oidc.route) && ctx.accepts('json', 'html') === 'html') {
    showErrorPage(ctx, error.error, error.error_description);
  } else {
    ctx.type = 'application/json';
    ctx.body = error;
  }
}

export function showErrorPage(ctx: Context, error: string, description: string | undefined): void {
  showPage(ctx, {
    title: 'That did not work',
    status: ctx.status >= 400 ? ctx.status : 400,
    body: html`
      <p>${description ?? 'Go back to the application and try again.'}</p>
      <p class="hint">${error}</p>
    `,
  });
}
