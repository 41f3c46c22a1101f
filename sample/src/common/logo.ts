import { html } from './html.js';

/** A key in a shield. Drawn in the page itself, as pages load nothing from elsewhere. */
export const logo = html`<svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
  <path d="M12 1.5 21 5v6.5c0 5.2-3.7 9.2-9 11-5.3-1.8-9-5.8-9-11V5z" fill="currentColor" />
  <path
    d="M12 7.2a2.7 2.7 0 0 1 1.2 5.1V18h-2.4v-5.7A2.7 2.7 0 0 1 12 7.2z"
    fill="var(--on-accent)"
  />
</svg>`;
