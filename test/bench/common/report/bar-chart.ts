import type { Spread } from '../statistics.js';
import { type Caption, svg, text } from './svg.js';

export interface Bar {
  readonly contestant: { readonly label: string; readonly colour: string };
  readonly value: number;
  readonly label: string;
  readonly spread?: Spread;
}

export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const PANEL = { width: 480, left: 170, axis: 220, top: 34, bottom: 18 };
const BAR = 13;
const STEP = BAR + 6;

/** Panels of bars, two beside each other. */
export function barChart(caption: Caption, panels: readonly Panel[]): string {
  let top = 0;
  let content = '';
  for (let i = 0; i < panels.length; i += 2) {
    const row = panels.slice(i, i + 2);
    for (const [column, panel] of row.entries()) {
      const place = `translate(${column * PANEL.width} ${top})`;
      content += `<g transform="${place}">${panelOf(panel)}</g>\n`;
    }
    top += PANEL.top + Math.max(...row.map(({ bars }) => bars.length)) * STEP + PANEL.bottom;
  }
  return svg(PANEL.width * 2, top, caption, content.trimEnd());
}

/** With a line from the least to the most that was found. */
export function barOf(
  contestant: Bar['contestant'],
  spread: Spread,
  label = spread.median.toFixed(2),
): Bar {
  return { contestant, value: spread.median, label, spread };
}

function panelOf({ title, bars }: Panel): string {
  // Not as far as the outliers go, which would leave no room for what matters.
  const longest = Math.max(...bars.map(({ value }) => value), 1e-9) * 1.25;
  const x = (value: number): number =>
    PANEL.left + Math.round((Math.min(Math.max(value, 0), longest) / longest) * PANEL.axis);
  const rows = bars.map(({ contestant, value, label, spread }, i) => {
    const y = PANEL.top + i * STEP;
    const middle = y + BAR / 2;
    const end = Math.max(x(value), spread ? x(spread.max) : 0);
    return [
      text(PANEL.left - 6, middle + 4, contestant.label, 'text-anchor="end"'),
      `<rect x="${PANEL.left}" y="${y}" width="${x(value) - PANEL.left}" height="${BAR}" fill="${contestant.colour}"/>`,
      spread
        ? `<path d="M${x(spread.min)} ${middle}H${x(spread.max)}" stroke="#24292f" stroke-width="1.5"/>`
        : '',
      text(end + 6, middle + 4, label),
    ].join('');
  });
  const axis = `<path d="M${PANEL.left} 30V${PANEL.top + bars.length * STEP}" stroke="#d0d7de"/>`;
  return [text(8, 18, title, 'font-size="13" font-weight="bold"'), axis, ...rows].join('\n');
}
