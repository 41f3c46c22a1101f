import type { AxiosInstance } from 'axios';
import { setTimeout } from 'node:timers/promises';
import { CONCURRENCY, PATIENCE_MS, type Workload } from '../plan.js';

/** What a client process is asked to do with the instances it has. */
export type Job =
  | { readonly kind: 'open'; readonly baseURL: string; readonly tokenEndpoint: string }
  | { readonly kind: 'burst'; readonly workload: Workload; readonly ms: number }
  | { readonly kind: 'flood'; readonly calls: number }
  | { readonly kind: 'pace'; readonly perSecond: number; readonly ms: number };

export interface Burst {
  readonly calls: number;
  readonly cpuMicrosPerCall: number;
  readonly wallMicrosPerCall: number;
}

export interface Flood {
  readonly succeeded: number;
  readonly failed: number;
  readonly elapsedMs: number;
}

export interface Pace {
  readonly calls: number;
  readonly failed: number;
  /** Calls that took longer than anybody wants to wait. */
  readonly late: number;
  readonly longestMs: number;
}

/** As many calls as there is time for: one after the other where there is nothing to wait for. */
export async function burst(
  instance: AxiosInstance,
  workload: Workload,
  ms: number,
): Promise<Burst> {
  let calls = 0;
  const began = performance.now();
  const cpu = process.cpuUsage();
  const caller = async (): Promise<void> => {
    while (performance.now() - began < ms) {
      await instance.get('/orders/42');
      calls += 1;
    }
  };
  const callers = workload === 'wire' ? CONCURRENCY : 1;
  await Promise.all(Array.from({ length: callers }, caller));
  const { user, system } = process.cpuUsage(cpu);
  return {
    calls,
    cpuMicrosPerCall: (user + system) / calls,
    wallMicrosPerCall: ((performance.now() - began) * 1_000) / calls,
  };
}

/** Many calls at the same moment, by a client that has no token yet. */
export async function flood(instance: AxiosInstance, calls: number): Promise<Flood> {
  const began = performance.now();
  const outcomes = await Promise.allSettled(
    Array.from({ length: calls }, () => instance.get('/orders/42')),
  );
  const succeeded = outcomes.filter(({ status }) => status === 'fulfilled').length;
  return { succeeded, failed: calls - succeeded, elapsedMs: performance.now() - began };
}

/** Calls that begin at their time, whether those before have ended or not. The first token is there already. */
export async function pace(instance: AxiosInstance, perSecond: number, ms: number): Promise<Pace> {
  await instance.get('/orders/42');
  const waits: number[] = [];
  let failed = 0;
  const call = async (dueAt: number): Promise<void> => {
    try {
      await instance.get('/orders/42');
    } catch {
      failed += 1;
    }
    waits.push(performance.now() - dueAt);
  };
  const began = performance.now();
  const pending: Promise<void>[] = [];
  for (let i = 0; i < (perSecond * ms) / 1_000; i += 1) {
    const dueAt = began + (i * 1_000) / perSecond;
    const early = dueAt - performance.now();
    if (early > 0) await setTimeout(early);
    pending.push(call(performance.now()));
  }
  await Promise.all(pending);
  const late = waits.filter((wait) => wait > PATIENCE_MS).length;
  return { calls: waits.length, failed, late, longestMs: Math.max(...waits) };
}
