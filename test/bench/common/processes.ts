import { type ChildProcess, fork, type Serializable } from 'node:child_process';

const ANSWER_MS = 60_000;

/** A process of a bench, asked one thing at a time. */
export class Peer {
  constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** Sends a question, if there is one, and waits for the next message; a failure comes as `{ error }`. */
  ask<Answer>(question?: Serializable): Promise<Answer> {
    const { child, name } = this;
    return new Promise<Answer>((resolve, reject) => {
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit);
        then();
      };
      const onMessage = (answer: object): void =>
        settle(() =>
          'error' in answer
            ? reject(new Error(`${name}: ${String(answer.error)}`))
            : resolve(answer as Answer),
        );
      const onExit = (code: number | null): void =>
        settle(() => reject(new Error(`${name}: ended with code ${code}`)));
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${name}: no answer for ${ANSWER_MS / 1000} s`))),
        ANSWER_MS,
      );
      child.on('message', onMessage).on('exit', onExit);
      if (question !== undefined) child.send(question);
    });
  }

  /** Lets the process end by itself, so that it can still write its profile. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await ended;
  }
}

/** All processes that a bench has started: none of them outlives it. */
export class Processes {
  private readonly children = new Set<ChildProcess>();

  start(name: string, program: URL, args: readonly string[] = [], flags: string[] = []): Peer {
    const child = fork(program, args, {
      execArgv: flags,
      serialization: 'advanced',
      env: { ...process.env, NODE_ENV: 'production' },
    });
    this.adopt(child);
    return new Peer(name, child);
  }

  /** For a program that is not ours. */
  adopt(child: ChildProcess): void {
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
  }

  stopAll(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }
}
