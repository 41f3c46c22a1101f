import type { Spread } from '../common/statistics.js';
import type { Outcome } from './contest.js';
import type { Platform, ServerName, Workload } from './plan.js';
import { ratioSpread, timesSpread } from './statistics.js';

/** A figure that this package promises, with RS256 and 32 connections. */
export interface Target {
  readonly text: string;
  readonly atLeast: number;
  readonly found: Spread;
  readonly reached: boolean;
}

interface Promised {
  readonly text: string;
  readonly platform: Platform;
  readonly workload: Workload;
  readonly against: 'open' | 'stock';
  readonly atLeast: number;
}

const PROMISED: readonly Promised[] = [
  {
    text: 'Fastify, one token repeated, part of the open endpoint',
    platform: 'fastify',
    workload: 'one',
    against: 'open',
    atLeast: 0.8,
  },
  {
    text: 'Fastify, one token repeated, times stock',
    platform: 'fastify',
    workload: 'one',
    against: 'stock',
    atLeast: 8,
  },
  {
    text: 'Fastify, 1,000 tokens in rotation, part of the open endpoint',
    platform: 'fastify',
    workload: 'rotation',
    against: 'open',
    atLeast: 0.75,
  },
  {
    text: 'Fastify, every token new, times stock',
    platform: 'fastify',
    workload: 'new',
    against: 'stock',
    atLeast: 3,
  },
  {
    text: 'Express, one token repeated, part of the open endpoint',
    platform: 'express',
    workload: 'one',
    against: 'open',
    atLeast: 0.85,
  },
];

export function checkTargets(outcomes: readonly Outcome[]): Target[] {
  return PROMISED.map(({ text, platform, workload, against, atLeast }) => {
    const find = (name: ServerName): Outcome => {
      const found = outcomes.find(
        (outcome) =>
          outcome.platform === platform &&
          outcome.workload === workload &&
          outcome.algorithm === 'RS256' &&
          outcome.contestant.name === name,
      );
      if (!found) throw new Error(`${name} was not measured`);
      return found;
    };
    const found =
      against === 'open' ? ratioSpread(find('ours')) : timesSpread(find('ours'), find('stock'));
    return { text, atLeast, found, reached: found.median >= atLeast };
  });
}
