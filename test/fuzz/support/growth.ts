import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What varies from one collection to the next. */
const MAX_HEAP_BYTES = 12 * 1024 * 1024;
/** Connections that are kept for the next call, timers under way. */
const MAX_HANDLES = 48;

interface Usage {
  readonly heap: number;
  readonly handles: number;
}

/** Compares what a process holds when it is warm with what it holds later. */
export class Growth {
  #warm: Usage | undefined;

  get isMeasuring(): boolean {
    return this.#warm !== undefined;
  }

  async begin(): Promise<void> {
    this.#warm = await usage();
  }

  /** @returns by how many bytes the heap has grown */
  async end(): Promise<number> {
    const [before, after] = [this.#warm, await usage()];
    if (!before) return 0;
    const heap = after.heap - before.heap;
    if (heap > MAX_HEAP_BYTES) throw new Error(`the heap has grown by ${heap} bytes`);
    const handles = after.handles - before.handles;
    if (handles > MAX_HANDLES) throw new Error(`${handles} more handles are open than before`);
    return heap;
  }
}

async function usage(): Promise<Usage> {
  // Twice, with a turn of the event loop between: finalizers let go of more.
  for (let turn = 0; turn < 2; turn++) {
    await setTimeout(10);
    collectGarbage();
  }
  return {
    heap: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
  };
}
