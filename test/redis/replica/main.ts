import type { ReplicaOrders, ReplicaSetting } from './replica.orders.js';
import { Replica } from './replica.js';

/** An order of the process of the test. */
interface Order {
  readonly id: number;
  readonly name: keyof ReplicaOrders;
  readonly args: readonly unknown[];
}

const EXIT_MS = 10_000;
const replica = new Replica();

// The test is over, or its process is gone.
process.once('disconnect', () => {
  setTimeout(() => process.exit(1), EXIT_MS).unref();
  void replica.close();
});

const setting: ReplicaSetting = JSON.parse(process.argv[2] ?? '');
await replica.start(setting);
process.on('message', (order: Order) => void obey(order));
process.send?.({ id: 0 });

async function obey({ id, name, args }: Order): Promise<void> {
  try {
    const result: unknown = await Reflect.apply(replica[name], replica, args);
    process.send?.({ id, result });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
}
