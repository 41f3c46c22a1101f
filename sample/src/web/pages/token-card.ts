import { html, type Html } from '../../common/html.js';
import type { TokenFacts } from '../token-watch.js';

/** The access token with the time it has left, which a script counts down; without it, as it was. */
export function tokenCard(token: TokenFacts | undefined): Html {
  if (!token) {
    return html`<p>There is no access token at the moment. The next call gets one.</p>`;
  }
  const { secondsLeft, secondsUntilDue, refreshes, scopes } = token;
  const due = String(secondsUntilDue);
  return html`<div class="token" data-countdown>
    <p class="clock">
      <strong data-left="${String(secondsLeft)}">${String(secondsLeft)} s</strong>
      <span>left of your access token for <code>${scopes.join(' ')}</code></span>
    </p>
    <p data-due="${due}">
      ${
        secondsUntilDue > 0
          ? `The first call after ${due} s refreshes it.`
          : 'The next call refreshes it.'
      }
    </p>
    <p>Refreshed <strong data-refreshes>${timesOf(refreshes)}</strong> since you signed in.</p>
  </div>`;
}

function timesOf(count: number): string {
  return count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`;
}
