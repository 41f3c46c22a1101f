import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { noteShown } from '../../support/leak-watch.js';
import type { ReplicaOrders, ReplicaSetting } from '../replica/replica.orders.js';

const PROGRAM = 'test/redis/replica/dist/main.js';
const EXIT_MS = 15_000;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

type Result<Name extends keyof ReplicaOrders> = Awaited<ReturnType<ReplicaOrders[Name]>>;

/** A replica in a process of its own, which does as it is told. */
export class ReplicaProcess {
  static readonly #all = new Set<ReplicaProcess>();
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exit: Promise<unknown[]>;
  #printed = '';
  #lastId = 0;

  private constructor(setting: ReplicaSetting) {
    this.#child = fork(PROGRAM, [JSON.stringify(setting)], {
      execArgv: ['--expose-gc'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: { ...process.env, NODE_ENV: 'test' },
    });
    ReplicaProcess.#all.add(this);
    this.#exit = once(this.#child, 'exit');
    this.#child.stderr?.on('data', (text) => (this.#printed += String(text)));
    this.#child.on('message', (answer: Answer) => this.settle(answer));
    this.#child.once('exit', (code, signal) => this.ended(`ended with ${code ?? signal}`));
  }

  /** Resolves when all of them are ready. */
  static async start(...settings: readonly ReplicaSetting[]): Promise<ReplicaProcess[]> {
    const replicas = settings.map((setting) => new ReplicaProcess(setting));
    await Promise.all(replicas.map((replica) => replica.answer(0)));
    return replicas;
  }

  /** For `afterEach`: ends all that run. @throws as `stop()` does */
  static async stopAll(): Promise<void> {
    await Promise.all([...ReplicaProcess.#all].map((replica) => replica.stop()));
  }

  /** @throws what the replica threw, or that it ended */
  async tell<Name extends keyof ReplicaOrders>(
    name: Name,
    ...args: Parameters<ReplicaOrders[Name]>
  ): Promise<Result<Name>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = this.answer(id);
    this.#child.send({ id, name, args }, (error) => {
      if (error) this.settle({ id, error: String(error) });
    });
    return (await answer) as Result<Name>;
  }

  /** How many lines begin with a code. */
  async count(code: string): Promise<number> {
    const lines = await this.tell('lines');
    return lines.filter((line) => line.includes(` ${code}: `)).length;
  }

  /** Ends it at once, whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  /**
   * Ends it as a platform does when it replaces a replica.
   *
   * @throws where it does not end by itself, or has printed what nobody ordered: errors, and warnings of Node
   */
  async stop(): Promise<void> {
    noteShown('logged by a replica', await this.tell('lines'));
    this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), EXIT_MS);
    const [code] = await this.#exit;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`A replica did not end by itself: ${String(code)}`);
    if (this.#printed) throw new Error(`A replica printed:\n${this.#printed}`);
  }

  private answer(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  private settle({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`A replica failed: ${error}`));
  }

  private ended(how: string): void {
    ReplicaProcess.#all.delete(this);
    for (const { reject } of this.#waiting.values())
      reject(new Error(`A replica ${how}\n${this.#printed}`));
    this.#waiting.clear();
  }
}
