import type { Context } from './context.js';
import { logo } from '../../common/logo.js';
import { html, type Html } from './html.js';
import { stylesheetPath } from './stylesheet.js';

export interface Page {
  title: string;
  body: Html;
  /** Default: 200 */
  status?: number;
  /** Where the forms of the page lead in the end: browsers count the redirects that follow as well. */
  leadsTo?: unknown;
}

/** Answers with a page that runs no script, loads nothing from elsewhere and fits into no frame. */
export function showPage(ctx: Context, page: Page): void {
  const { title, body, status = 200, leadsTo } = page;
  ctx.status = status;
  ctx.type = 'html';
  ctx.set({
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      "style-src 'self'",
      'img-src data:',
      `form-action 'self'${originOf(leadsTo)}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  ctx.body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${stylesheetPath}" />
      </head>
      <body>
        <header>${logo}Sample identity server</header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`.text;
}

function originOf(address: unknown): string {
  if (typeof address !== 'string' || !URL.canParse(address)) {
    return '';
  }
  const { origin, protocol } = new URL(address);
  return /^https?:$/.test(protocol) ? ` ${origin}` : '';
}
