import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on loopback, says where, and answers whatever it is asked for with `report`. */
export async function serve(listener: RequestListener, report: () => object): Promise<void> {
  const server = createServer(listener);
  // Ten thousand connections at once are what some contestants need for a single token.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 10_000, resolve));
  process.on('disconnect', () => process.exit());
  process.on('message', () => process.send?.(report()));
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
