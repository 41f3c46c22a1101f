import { html, type Html } from './html.js';
import type { Page } from './show-page.js';

export interface ConsentPage {
  application: string;
  user: string;
  /** Scopes that the user has not granted yet: those of OpenID Connect, and those of each API. */
  missing: { openid: readonly string[]; apis: Readonly<Record<string, readonly string[]>> };
  leadsTo: unknown;
}

const meaning: Readonly<Record<string, string>> = {
  openid: 'Know that it is you',
  profile: 'See your name',
  email: 'See your e-mail address',
  offline_access: 'Stay signed in while you are away',
};

export function consentPage({ application, user, missing, leadsTo }: ConsentPage): Page {
  const wishes = [
    // oidc-provider lists those of the APIs here as well.
    ...missing.openid.flatMap((scope) => wish(meaning[scope], scope)),
    ...Object.entries(missing.apis).flatMap(([api, scopes]) =>
      scopes.flatMap((scope) => wish(`Use ${scope} for you`, api)),
    ),
  ];
  return {
    title: `Let ${application} in?`,
    leadsTo,
    body: html`
      <p>
        You are signed in as <strong>${user}</strong>. <strong>${application}</strong> would like
        to:
      </p>
      <ul>
        ${wishes.length > 0 ? wishes : wish('Go on with what you allowed before')}
      </ul>
      <form method="post">
        <div class="actions">
          <button class="main" name="decision" value="allow">Allow</button>
          <button name="decision" value="cancel">Cancel</button>
        </div>
      </form>
    `,
  };
}

function wish(text: string | undefined, detail?: string): Html[] {
  return text === undefined ? [] : [html`<li>${text} <small>${detail}</small></li>`];
}
