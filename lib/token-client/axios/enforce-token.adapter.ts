import {
  isAxiosError,
  type AxiosAdapter,
  type AxiosInstance,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { CallingClient, NamedClient } from '../calls/calling-client.js';
import { Connection } from './connection.js';
import { HiddenMembers } from './redaction/hidden-members.js';
import { dropDefaults } from './inherited-credentials.js';
import { tokenAdapter } from './token.adapter.js';

/**
 * Sees to it that a call, or somebody who changes the defaults, can choose the adapter that sends, but not
 * one that sends without the token and the look at where it goes. The instances that this one makes are no
 * different.
 *
 * @param send the adapter of all other calls
 * @param maker whose instance has made this one, if any
 */
export function enforceToken(
  instance: AxiosInstance,
  send: AxiosAdapter,
  named: NamedClient,
  maker?: CallingClient,
): AxiosInstance {
  const client: CallingClient = { ...named, ...saidBy(instance.defaults, maker) };
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
    // What was chosen for the one that makes it is in its defaults, and here there is another to do the same.
    if (made.defaults.adapter === standard) delete made.defaults.adapter;
    const chosen = made.defaults.adapter;
    // The adapter `fetch` reads from a config what of the runtime it is to use.
    const config = { ...made.defaults, headers: new axios.AxiosHeaders() };
    const own = chosen ? axios.getAdapter(chosen, config) : send;
    return enforceToken(made, own, client, client);
  };
  return instance;
}

/** What an instance says of how its calls leave the process: it may, where a single call may not. */
function saidBy(defaults: AxiosInstance['defaults'], maker: CallingClient | undefined) {
  return {
    connection: Connection.takenFrom(defaults, maker?.connection),
    environment: defaults.env,
    host: hostOf(defaults.headers),
  };
}

/** The name that an instance has its API called by, whatever its URL says. */
function hostOf(headers: AxiosInstance['defaults']['headers']): unknown {
  const groups: object[] = [headers, headers.common];
  const entries = groups.flatMap((group) => Object.entries(group) as [string, unknown][]);
  return entries.find(([name]) => name.toLowerCase() === 'host')?.[1];
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
