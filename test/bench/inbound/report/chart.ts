import { type Caption, svg, text } from '../../common/report/svg.js';
import type { Outcome } from '../contest.js';
import {
  type Algorithm,
  type Platform,
  PLATFORMS,
  type ServerName,
  WORKLOAD_LABELS,
  WORKLOADS,
} from '../plan.js';
import { ratioSpread } from '../statistics.js';

const CAPTION: Caption = {
  title: 'Requests per second as a part of those of the open endpoint, median and range',
  better: 'Higher',
};
const PANEL = { width: 480, left: 190, axis: 230 };
const BAR = 13;
/** The end of the axis; the twin of the open endpoint may well be a little beyond 1. */
const LONGEST = 1.25;

const COLOURS: Partial<Record<ServerName, string>> = {
  twin: '#b8b8b8',
  ours: '#1a7f37',
  stock: '#bc4c00',
  bearer: '#0969da',
};

/** Bars of medians with their range, one panel for each platform and algorithm. */
export function svgChart(outcomes: readonly Outcome[], algorithms: readonly Algorithm[]): string {
  let bottom = 0;
  const panels = algorithms.flatMap((algorithm) => {
    const row = PLATFORMS.map((platform) => panelOf(outcomes, platform, algorithm));
    const top = bottom;
    bottom += Math.max(...row.map(({ height }) => height));
    return row.map(
      ({ content }, column) =>
        `<g transform="translate(${column * PANEL.width} ${top})">${content}</g>`,
    );
  });
  const width = PANEL.width * PLATFORMS.length;
  return svg(width, bottom, CAPTION, panels.join('\n'));
}

function panelOf(
  outcomes: readonly Outcome[],
  platform: Platform,
  algorithm: Algorithm,
): { content: string; height: number } {
  const parts: string[] = [];
  let y = 40;
  for (const workload of WORKLOADS) {
    parts.push(text(8, y + 10, WORKLOAD_LABELS[workload], 'font-weight="bold"'));
    y += 16;
    for (const outcome of outcomes) {
      if (
        outcome.platform === platform &&
        outcome.algorithm === algorithm &&
        outcome.workload === workload
      ) {
        parts.push(barOf(outcome, y));
        y += BAR + 3;
      }
    }
    y += 8;
  }
  const title = `${platform === 'fastify' ? 'Fastify' : 'Express'}, ${algorithm}`;
  return {
    content: [
      text(8, 18, title, 'font-size="15" font-weight="bold"'),
      ...[0, 0.25, 0.5, 0.75, 1].map((value) => gridLine(value, y)),
      ...parts,
    ].join('\n'),
    height: y + 24,
  };
}

function barOf(outcome: Outcome, y: number): string {
  const { median, min, max } = ratioSpread(outcome);
  const { name, label } = outcome.contestant;
  const middle = y + BAR / 2;
  return [
    text(PANEL.left - 6, middle + 4, label, 'text-anchor="end"'),
    `<rect x="${PANEL.left}" y="${y}" width="${length(median)}" height="${BAR}" fill="${COLOURS[name]}"/>`,
    `<path d="M${x(min)} ${middle}H${x(max)}" stroke="#24292f" stroke-width="1.5"/>`,
    text(x(LONGEST) + 8, middle + 4, median.toFixed(2)),
  ].join('');
}

function gridLine(value: number, bottom: number): string {
  return `<path d="M${x(value)} 34V${bottom}" stroke="#d0d7de"/>${text(x(value), bottom + 12, String(value), 'text-anchor="middle"')}`;
}

function x(ratio: number): number {
  return PANEL.left + length(ratio);
}

function length(ratio: number): number {
  return Math.round((Math.min(ratio, LONGEST) / LONGEST) * PANEL.axis);
}
