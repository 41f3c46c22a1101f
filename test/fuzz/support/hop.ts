import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { Hop } from '../grammars/calls-of-users.js';

/** Shared by everybody, as the emitters and pools of an application are. */
const emitter = new EventEmitter().setMaxListeners(0);

/** Goes on later, by way of something that others use as well. */
export async function hopOver(hop: Hop): Promise<void> {
  switch (hop) {
    case 'tick':
      return new Promise((resolve) => process.nextTick(resolve));
    case 'immediate':
      return new Promise((resolve) => setImmediate(resolve));
    case 'timer':
      return setTimeout(1);
    case 'emitter': {
      const told = once(emitter, 'told');
      setImmediate(() => emitter.emit('told'));
      await told;
      return;
    }
    case 'stream':
      for await (const _ of Readable.from(['a', 'b']));
      return;
    case 'nothing':
  }
}
