import { routeOptionFaults } from '../../authorization-server/http/backchannel-checks.js';
import type { BackchannelRoute } from '../../authorization-server/http/backchannel-route.js';
import type { KeyBackchannelOptions, ReachOptions } from './reach.options.js';

const OPTIONS = [
  'timeoutMs',
  'headers',
  'proxy',
  'ca',
] as const satisfies (keyof KeyBackchannelOptions)[];

/** How metadata and keys are fetched, with every default in place. */
export interface ResolvedBackchannel {
  readonly headers: BackchannelRoute['headers'];
  readonly proxy: string | undefined;
  readonly ca: readonly string[] | undefined;
  readonly timeoutMs: number;
}

/** Everything that is wrong with the option `backchannel`. */
export function backchannelFaults(path: string, value: unknown): string[] {
  return routeOptionFaults(path, value, OPTIONS);
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
