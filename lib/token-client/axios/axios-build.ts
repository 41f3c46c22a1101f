import axios, { type AxiosAdapter } from 'axios';
import { type AxiosBuild, isAxios } from './is-axios.js';
import { requiredAxios } from './required-axios.js';

const builds = new Set<AxiosBuild>();
/** Adapters of Axios itself hang nothing else onto what they give back than what is known. */
const adapters = new Set<AxiosAdapter>();

/**
 * Axios as the application holds it, so that `instanceof` its `AxiosError` is true for what calls fail with. Axios comes in two
 * builds that know nothing of each other: `import` gets the one, and `require`, as of a CommonJS application, the other.
 *
 * @param given the one that the application says it is, if it does
 */
export function axiosOfApplication(given: unknown): AxiosBuild {
  return use(isAxios(given) ? given : (requiredAxios(axios.VERSION) ?? axios));
}

/** Whether an adapter is none of Axios' own. */
export function isForeign(send: AxiosAdapter): boolean {
  return !adapters.has(send);
}

/** Whether a value is an instance of what only Axios makes, in any of the builds that are in use. */
export function isMadeByAxios(value: object, type: 'AxiosHeaders' | 'CancelToken'): boolean {
  for (const build of builds) if (value instanceof build[type]) return true;
  return false;
}

function use(build: AxiosBuild): AxiosBuild {
  builds.add(build);
  for (const name of ['http', 'fetch']) adapters.add(build.getAdapter(name));
  return build;
}

use(axios);
