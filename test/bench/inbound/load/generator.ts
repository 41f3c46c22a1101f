import { performance } from 'node:perf_hooks';
import { CONNECTIONS } from '../plan.js';
import { Connection, type NextRequest } from './connection.js';

/** What is asked of the load generator: first to get ready, then to run. */
export type Job =
  | {
      readonly kind: 'prepare';
      readonly port: number;
      readonly tokens: readonly string[];
      /** Requests ahead of the measured ones, at least: caches are as full as they get. */
      readonly ahead: number;
      /** And time: a server that had nothing to do has given memory back, and is slower until it has it again. */
      readonly aheadMs: number;
      /** Whether a token may come twice. */
      readonly again: boolean;
    }
  | { readonly kind: 'run'; readonly burstMs: number };

export interface Burst {
  readonly requests: number;
  readonly elapsedMs: number;
  /** Part of the time that the generator itself was busy: near 1, it is the generator that is measured. */
  readonly busy: number;
}

let connections: Connection[] = [];
let next: NextRequest = () => undefined;
let fail: (error: Error) => void = () => undefined;

async function prepare({
  port,
  tokens,
  ahead,
  aheadMs,
  again,
}: Job & { kind: 'prepare' }): Promise<object> {
  for (const connection of connections) connection.close();
  const open = () => Connection.open(port, (error) => fail(error));
  connections = await Promise.all(Array.from({ length: CONNECTIONS }, open));
  const requests = tokens.map((token) =>
    Buffer.from(`GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n\r\n`),
  );
  let sent = 0;
  next = () => requests[again ? sent++ % requests.length : sent++];
  const began = performance.now();
  const isEarly = () => sent < ahead || performance.now() - began < aheadMs;
  await driveAll(() => (isEarly() ? next() : undefined));
  return {};
}

async function run({ burstMs }: Job & { kind: 'run' }): Promise<Burst> {
  const began = performance.now();
  const cpuAtBegin = process.cpuUsage();
  const requests = await driveAll(() => (performance.now() - began < burstMs ? next() : undefined));
  const elapsedMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuAtBegin);
  return { requests, elapsedMs, busy: (user + system) / 1000 / elapsedMs };
}

async function driveAll(source: NextRequest): Promise<number> {
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  const counts = Promise.all(connections.map((connection) => connection.drive(source)));
  return (await Promise.race([counts, failed])).reduce((sum, count) => sum + count, 0);
}

process.on('disconnect', () => process.exit());
process.on('message', (job: Job) => {
  (job.kind === 'prepare' ? prepare(job) : run(job)).then(
    (answer) => process.send?.(answer),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
