import { html, type Html } from '../../common/html.js';
import { countdownPath } from '../assets/countdown.js';
import { logo } from '../../common/logo.js';
import { stylesheetPath } from '../assets/stylesheet.js';

export interface Page {
  title: string;
  body: Html;
  /** The name of whoever is signed in; null where that is not known. */
  user?: string | null | undefined;
}

/** What all pages have in common. */
export function layout({ title, body, user }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Sample web application</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${stylesheetPath}" />
        <script src="${countdownPath}" defer></script>
      </head>
      <body>
        <header>
          <a class="brand" href="/">${logo}Sample web application</a>
          <span>${user === undefined ? 'not signed in' : (user ?? '')}</span>
        </header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`.text;
}
