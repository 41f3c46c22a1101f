import { svg, text } from '../../common/report/svg.js';
import type { Spread } from '../../common/statistics.js';
import type { Contestant } from '../plan.js';
import { cpuRatio } from '../statistics.js';
import { count, type Findings } from '../targets.js';

interface Bar {
  readonly contestant: Contestant;
  readonly value: number;
  readonly label: string;
  readonly spread?: Spread;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const PANEL = { width: 480, height: 166, left: 170, axis: 220 };
const BAR = 13;

/** Four panels of bars: what a call costs, and what happens to the token endpoint and to those who wait. */
export function svgChart({ outcomes, trials }: Findings): string {
  const of = (workload: string) => outcomes.filter((outcome) => outcome.workload === workload);
  const panels: Panel[] = [
    {
      title: 'CPU of a call over HTTP, times bare Axios',
      bars: of('wire').map((outcome) => barOf(outcome.contestant, cpuRatio(outcome))),
    },
    {
      title: "CPU of a call in Axios' pipeline alone, times bare Axios",
      bars: of('pipeline').map((outcome) => barOf(outcome.contestant, cpuRatio(outcome))),
    },
    {
      title: 'Token requests for calls at once, and no token yet',
      bars: trials.cold.map(({ contestant, tokenRequests: value, failed }) => {
        const label = count(value) + (failed > 0 ? `, ${count(failed)} calls failed` : '');
        return { contestant, value, label };
      }),
    },
    {
      title: 'Calls that wait over 100 ms during renewals',
      bars: trials.renewals.map(({ contestant, late: value, calls }) => ({
        contestant,
        value,
        label: `${count(value)} of ${count(calls)}`,
      })),
    },
  ];
  const content = panels.map((panel, i) => {
    const left = (i % 2) * PANEL.width;
    return `<g transform="translate(${left} ${Math.floor(i / 2) * PANEL.height})">${panelOf(panel)}</g>`;
  });
  const title = 'Calls with a token client beside bare Axios and other token clients';
  return svg(PANEL.width * 2, PANEL.height * 2, title, content.join('\n'));
}

function barOf(contestant: Contestant, spread: Spread): Bar {
  return { contestant, value: spread.median, label: spread.median.toFixed(2), spread };
}

function panelOf({ title, bars }: Panel): string {
  // Not as far as the outliers go, which would leave no room for what matters.
  const longest = Math.max(...bars.map(({ value }) => value), 1e-9) * 1.25;
  const x = (value: number): number =>
    PANEL.left + Math.round((Math.min(Math.max(value, 0), longest) / longest) * PANEL.axis);
  const rows = bars.map(({ contestant, value, label, spread }, i) => {
    const y = 34 + i * (BAR + 6);
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
  const axis = `<path d="M${PANEL.left} 30V${34 + bars.length * (BAR + 6)}" stroke="#d0d7de"/>`;
  return [text(8, 18, title, 'font-size="13" font-weight="bold"'), axis, ...rows].join('\n');
}
