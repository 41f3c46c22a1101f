import type { Revocation, RevocationOutcome } from 'nestjs-access-tokens';
import { html } from '../../common/html.js';
import { signIn } from './actions.js';
import { layout } from './layout.js';

const meaning: Readonly<Record<RevocationOutcome, string>> = {
  revoked: 'Your refresh token was revoked: the identity server does not accept it any more.',
  failed:
    'The identity server could not be told to revoke your refresh token. It is forgotten here, and ends by itself.',
  unsupported:
    'The identity server cannot revoke tokens. Your refresh token is forgotten here, and ends by itself.',
  none: 'There was no refresh token to revoke.',
};

export function signedOutPage(revocation: Revocation | undefined): string {
  const outcome = revocation?.refreshToken ?? 'none';
  return layout({
    title: 'You are signed out',
    body: html`<section>
      <p class="${outcome === 'failed' ? 'notice bad' : 'notice'}" role="status">
        ${meaning[outcome]}
      </p>
      <p>
        The identity server still knows you, so that signing in again takes no password. Sign out
        there too if others use this browser.
      </p>
      <div class="actions">
        ${signIn}
        <form method="post" action="/auth/logout">
          <button>Sign out of the identity server</button>
        </form>
      </div>
    </section>`,
  });
}
