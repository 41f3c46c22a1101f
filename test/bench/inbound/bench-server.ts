import { type Contestant, CONTESTANTS, type Platform, PLATFORMS, type ServerName } from './plan.js';
import type { Peer, Processes } from '../common/processes.js';

const PROGRAM = new URL('./servers/server.js', import.meta.url);

/** A server in a process of its own. */
export interface BenchServer {
  readonly name: ServerName;
  readonly platform: Platform;
  readonly port: number;
  readonly peer: Peer;
}

export async function startServer(
  processes: Processes,
  name: ServerName,
  platform: Platform,
  issuer: string,
  flags: string[] = [],
): Promise<BenchServer> {
  const args = [name, platform, issuer];
  const peer = processes.start(`${name} on ${platform}`, PROGRAM, args, flags);
  const { port } = await peer.ask<{ port: number }>();
  return { name, platform, port, peer };
}

/** A contestant and an open endpoint that is there for it alone: both see the same traffic, and neither is warmer. */
export interface Lane {
  readonly contestant: Contestant;
  readonly platform: Platform;
  readonly own: BenchServer;
  readonly base: BenchServer;
}

export function startLanes(processes: Processes, issuer: string): Promise<Lane[]> {
  const starts = PLATFORMS.flatMap((platform) =>
    CONTESTANTS.filter(({ platforms }) => platforms.includes(platform)).map(async (contestant) => {
      const [own, base] = await Promise.all([
        startServer(processes, contestant.name, platform, issuer),
        startServer(processes, contestant.base, platform, issuer),
      ]);
      return { contestant, platform, own, base };
    }),
  );
  return Promise.all(starts);
}
