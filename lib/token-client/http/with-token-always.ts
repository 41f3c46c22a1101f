import axios, {
  type AxiosAdapter,
  type AxiosInstance,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { CallingClient } from './calling-client.js';
import { tokenAdapter } from './token.adapter.js';

/**
 * Sees to it that a call, or somebody who changes the defaults, can choose the adapter that sends, but not
 * one that sends without the token and the look at where it goes. The instances that this one makes are no
 * different.
 *
 * @param standard the adapter of all other calls
 */
export function withTokenAlways(
  instance: AxiosInstance,
  client: CallingClient,
  standard: AxiosAdapter,
): AxiosInstance {
  const requests = instance.interceptors.request;
  const guard = (config: InternalAxiosRequestConfig): InternalAxiosRequestConfig => {
    const { adapter } = config;
    if (adapter === standard) return config;
    config.adapter = adapter ? tokenAdapter(axios.getAdapter(adapter, config), client) : standard;
    return config;
  };
  // Registered first, it runs last, and being synchronous it adds no promise to a call.
  const watch = (): void => void requests.use(guard, undefined, { synchronous: true });
  watch();
  const clear = requests.clear.bind(requests);
  requests.clear = () => {
    clear();
    watch();
  };
  const create = instance.create.bind(instance);
  instance.create = (defaults) => withTokenAlways(create(defaults), client, standard);
  return instance;
}
