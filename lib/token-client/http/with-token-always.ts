import {
  isAxiosError,
  type AxiosAdapter,
  type AxiosInstance,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { CallingClient } from './calling-client.js';
import { Connection } from './connection.js';
import { HiddenMembers } from './hidden-members.js';
import { dropDefaults } from './inherited-credentials.js';
import { tokenAdapter } from './token.adapter.js';

/**
 * Sees to it that a call, or somebody who changes the defaults, can choose the adapter that sends, but not
 * one that sends without the token and the look at where it goes. The instances that this one makes are no
 * different.
 *
 * @param send the adapter of all other calls
 */
export function withTokenAlways(
  instance: AxiosInstance,
  send: AxiosAdapter,
  client: CallingClient,
): AxiosInstance {
  const standard = tokenAdapter(send, client);
  const { axios } = client;
  const { defaults, interceptors } = instance;
  defaults.adapter = standard;
  const guard = (config: InternalAxiosRequestConfig): InternalAxiosRequestConfig => {
    HiddenMembers.restore(config);
    const dropped = dropDefaults(config, defaults, client.place.header);
    if (dropped) client.observer.credentialsDropped(client.name, dropped);
    const { adapter } = config;
    if (adapter === standard) return config;
    config.adapter = adapter ? tokenAdapter(axios.getAdapter(adapter, config), client) : standard;
    return config;
  };
  // Registered first, the one runs last and the other first; and being synchronous it adds no promise to a call.
  keep(interceptors.request, () =>
    interceptors.request.use(guard, undefined, { synchronous: true }),
  );
  keep(interceptors.response, () => interceptors.response.use(undefined, conceal));
  const create = instance.create.bind(instance);
  instance.create = (given) => {
    const made = create(given);
    const connection = Connection.takenFrom(made.defaults, client.connection);
    // What was chosen for the one that makes it is in its defaults, and here there is another to do the same.
    if (made.defaults.adapter === standard) delete made.defaults.adapter;
    const chosen = made.defaults.adapter;
    return withTokenAlways(made, chosen ? axios.getAdapter(chosen) : send, {
      ...client,
      connection,
    });
  };
  return instance;
}

/** A call can fail before it gets to the adapter, and what fails so has the config of the call. */
function conceal(error: unknown): never {
  if (isAxiosError(error) && error.config) HiddenMembers.of(error.config);
  throw error;
}

/** Has what was registered stay when everything is cleared. */
function keep(manager: { clear(): void }, register: () => unknown): void {
  const clear = manager.clear.bind(manager);
  manager.clear = () => {
    clear();
    register();
  };
  register();
}
