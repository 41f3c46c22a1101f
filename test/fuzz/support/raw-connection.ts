import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type RawAnswer, readAnswer } from './raw-answer.js';

/** A connection on which requests go out as they are, one after the other without waiting for answers. */
export class RawConnection {
  #socket: Socket | undefined;
  #received = '';
  #wake: () => void = () => undefined;

  constructor(private readonly url: string) {}

  /**
   * Sends requests at once, byte for byte (in Latin-1).
   *
   * @returns the answers in their order. Fewer than there are requests only where the server has closed the connection
   */
  async exchange(requests: readonly string[]): Promise<RawAnswer[]> {
    const socket = await this.#open();
    socket.write(requests.join(''), 'latin1');
    const answers: RawAnswer[] = [];
    for (const request of requests) {
      const answer = await this.#next(request.startsWith('HEAD '));
      if (!answer) break;
      answers.push(answer);
    }
    if (answers.length < requests.length) this.close();
    return answers;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #open(): Promise<Socket> {
    if (this.#socket?.writable) return this.#socket;
    this.close();
    this.#received = '';
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname);
    this.#socket = socket;
    socket.setNoDelay().setEncoding('latin1');
    socket.on('data', (chunk: unknown) => {
      this.#received += String(chunk);
      this.#wake();
    });
    // That of a server that has seen enough is an answer as well.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#wake();
    });
    await once(socket, 'connect');
    return socket;
  }

  async #next(toHead: boolean): Promise<RawAnswer | undefined> {
    for (;;) {
      const closed = this.#socket === undefined;
      const found = readAnswer(this.#received, toHead, closed);
      if (found) {
        this.#received = found.rest;
        return found.answer;
      }
      if (closed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
