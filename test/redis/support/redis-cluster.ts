import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';

const READY_MS = 15_000;

/** Two redis-servers that share the keys between them, each with half of the slots. */
export class RedisCluster {
  private constructor(private readonly nodes: readonly RedisServer[]) {}

  /** Resolves when each has heard of what the other has. */
  static async start(): Promise<RedisCluster> {
    const busPort = await freePort();
    const [one, other] = [await startNode(await freePort()), await startNode(busPort)];
    const [toOne, toOther] = [new Redis(one.port), new Redis(other.port)];
    await toOne.cluster('ADDSLOTSRANGE', 0, 8191);
    await toOther.cluster('ADDSLOTSRANGE', 8192, 16_383);
    await toOne.cluster('MEET', '127.0.0.1', other.port, busPort);
    await serves(toOne);
    await serves(toOther);
    toOne.disconnect();
    toOther.disconnect();
    return new RedisCluster([one, other]);
  }

  get ports(): number[] {
    return this.nodes.map(({ port }) => port);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

/** The port for the other nodes is said, as the usual one, 10000 higher, may not exist. */
function startNode(busPort: number): Promise<RedisServer> {
  return RedisServer.start({
    args: ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
  });
}

async function serves(client: Redis): Promise<void> {
  const giveUpAt = performance.now() + READY_MS;
  while (!(await client.cluster('INFO')).includes('cluster_state:ok')) {
    if (performance.now() > giveUpAt) throw new Error('The cluster does not come up');
    await sleep(20);
  }
}
