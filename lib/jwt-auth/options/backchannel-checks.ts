import {
  type BackchannelRoute,
  routeFaults,
  timeoutFault,
} from '../../authorization-server/http/backchannel-route.js';
import { isJsonObject } from '../../common/json.js';
import type { KeyBackchannelOptions, ReachOptions } from './reach.options.js';
import { type Check, faultsIn } from './checks.js';

/** How metadata and keys are fetched, with every default in place. */
export interface ResolvedBackchannel {
  readonly headers: BackchannelRoute['headers'];
  readonly proxy: string | undefined;
  readonly ca: readonly string[] | undefined;
  readonly timeoutMs: number;
}

/** Checked together with the rest of the route. */
const elsewhere: Check<unknown> = () => undefined;

/** Everything that is wrong with the option `backchannel`. Never repeats a value of it. */
export function backchannelFaults(path: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) return [`${path}: not an object. Give an object with options.`];
  const checks = { timeoutMs: timeoutFault, headers: elsewhere, proxy: elsewhere, ca: elsewhere };
  return [
    ...faultsIn<KeyBackchannelOptions>(value, checks, `${path}.`),
    ...routeFaults(path, value),
  ];
}

/** Puts the way to an issuer together from its own options and the shared ones, member by member. */
export function resolveBackchannel(own: ReachOptions, shared: ReachOptions): ResolvedBackchannel {
  const member = <Name extends keyof KeyBackchannelOptions>(
    name: Name,
  ): KeyBackchannelOptions[Name] => own.backchannel?.[name] ?? shared.backchannel?.[name];
  const ca = member('ca');
  return {
    headers: member('headers'),
    proxy: member('proxy'),
    ca: ca === undefined ? undefined : [ca].flat(),
    timeoutMs: member('timeoutMs') ?? 5_000,
  };
}
