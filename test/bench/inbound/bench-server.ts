import { CONTESTANTS, type Platform, PLATFORMS, type ServerName } from './plan.js';
import type { Peer, Processes } from './processes.js';

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
  const peer = processes.start(`${name} on ${platform}`, './servers/server.js', args, flags);
  const { port } = await peer.ask<{ port: number }>();
  return { name, platform, port, peer };
}

/** Every contestant and every base. */
export function startServers(processes: Processes, issuer: string): Promise<BenchServer[]> {
  const starts = PLATFORMS.flatMap((platform) => {
    const there = CONTESTANTS.filter(({ platforms }) => platforms.includes(platform));
    const names = new Set(there.flatMap(({ name, base }) => [name, base]));
    return [...names].map((name) => startServer(processes, name, platform, issuer));
  });
  return Promise.all(starts);
}
