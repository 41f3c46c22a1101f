import { TestClock } from './clock.js';
import { MapLock } from './map-lock.js';
import { RecordingServer } from './recording-server.js';
import type { SharedStore } from './shared-store.js';
import { TokenClients } from './token-clients.js';

/** What is around the replicas of a spec: an authorization server, and for each test what the replicas have in common. */
export abstract class Stage {
  server!: RecordingServer;
  clock!: TestClock;
  store!: SharedStore;
  lock!: MapLock;

  /** Registers hooks of Jest: it is made inside of `describe`. */
  constructor(Clock: typeof TestClock, Store: typeof SharedStore) {
    beforeAll(async () => {
      this.server = await RecordingServer.start();
    });
    beforeEach(() => {
      this.use(Clock, Store);
      this.lock = new MapLock();
      this.server.requests.length = 0;
    });
    afterEach(() => TokenClients.stopAll());
    afterAll(() => this.server.stop());
  }

  /** For a test that needs another clock or store than the others: replicas that start from now on have these. */
  use(Clock: typeof TestClock, Store: typeof SharedStore): void {
    this.clock = new Clock();
    this.store = new Store(this.clock);
  }
}
