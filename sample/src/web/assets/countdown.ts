import { assetPath } from './asset-path.js';

/**
 * Counts the seconds down, by the clock of the browser but from what the page says was left: the two clocks
 * need not agree. Without it, pages show the seconds as they were.
 */
export const countdown = `
const start = performance.now();
const show = () => {
  const passed = Math.floor((performance.now() - start) / 1000);
  for (const token of document.querySelectorAll('[data-countdown]')) {
    const left = token.querySelector('[data-left]');
    const due = token.querySelector('[data-due]');
    const secondsUntilDue = due.dataset.due - passed;
    left.textContent = Math.max(0, left.dataset.left - passed) + ' s';
    due.textContent = secondsUntilDue > 0
      ? 'The first call after ' + secondsUntilDue + ' s refreshes it.'
      : 'The next call refreshes it.';
  }
};
setInterval(show, 1000);
`;

export const countdownPath = assetPath(countdown, 'js');
