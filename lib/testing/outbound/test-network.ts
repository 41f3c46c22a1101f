import { TestKitError } from '../test-kit.error.js';
import { TestApi } from './test-api.js';
import { TestClient } from './test-client.js';
import { TokenGrants } from './token-grants.js';

/** What the application calls in place of the network. */
export class TestNetwork {
  readonly grants = new TokenGrants();
  readonly #clients = new Map<string, TestClient>();
  readonly #apis = new Map<string, TestApi>();
  #names: (() => readonly string[]) | undefined;

  /** From now on it is known which clients there are. */
  know(names: () => readonly string[]): void {
    this.#names = names;
  }

  /** @throws {TestKitError} where the application has no such client */
  client(name: string): TestClient {
    return this.#found(this.#clients, name, () => new TestClient());
  }

  /** @throws {TestKitError} where the application has no such client */
  api(name: string): TestApi {
    return this.#found(this.#apis, name, () => new TestApi());
  }

  #found<T>(known: Map<string, T>, name: string, make: () => T): T {
    const names = this.#names?.();
    if (names && !names.includes(name)) {
      const shown = names.map((one) => `'${one}'`).join(', ') || 'none';
      throw new TestKitError(`There is no client '${name}'. TokenClientModule has ${shown}.`);
    }
    const found = known.get(name) ?? make();
    known.set(name, found);
    return found;
  }
}
