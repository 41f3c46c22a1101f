import type { InternalAxiosRequestConfig } from 'axios';
import { hideMember } from './hidden-member.js';
import { isPlainData } from './plain-data.js';

/** Where a config keeps them. It is enumerable, so that every copy of a config has them too. */
const KEPT = 'hiddenMembers';

/** What every call has, and what is nothing but data and functions of Axios: not to be looked through each time. */
const KNOWN = new Set([
  KEPT,
  'env',
  'headers',
  'transformRequest',
  'transformResponse',
  'transitional',
]);

/**
 * The members of a config that lead further than to data: agents, streams, proxies with their passwords. They show
 * neither in JSON nor to `util.inspect`, and are there again when somebody sends the config once more.
 */
export class HiddenMembers {
  readonly #members = new Map<string, unknown>();

  /** Hides what a call brought along. What is hidden can be read by its name. */
  static of(config: InternalAxiosRequestConfig): HiddenMembers | undefined {
    let hidden: HiddenMembers | undefined;
    for (const name in config) {
      const value: unknown = Reflect.get(config, name);
      if (typeof value !== 'object' || value === null || KNOWN.has(name)) continue;
      if (name !== 'proxy' && isPlainData(value)) continue;
      hidden ??= HiddenMembers.copyOf(config);
      hidden.#members.set(name, value);
    }
    hidden?.hideIn(config);
    return hidden;
  }

  /** Puts back what was hidden in the config that this one is a copy of. */
  static restore(config: InternalAxiosRequestConfig): void {
    const hidden: unknown = Reflect.get(config, KEPT);
    if (!(hidden instanceof HiddenMembers)) return;
    Reflect.deleteProperty(config, KEPT);
    for (const [name, value] of hidden.#members) {
      if (Reflect.get(config, name) === undefined) Reflect.set(config, name, value);
    }
  }

  private static copyOf(config: InternalAxiosRequestConfig): HiddenMembers {
    const hidden = new HiddenMembers();
    const kept: unknown = Reflect.get(config, KEPT);
    if (kept instanceof HiddenMembers) {
      for (const [name, value] of kept.#members) hidden.#members.set(name, value);
    }
    return hidden;
  }

  addTo(sent: InternalAxiosRequestConfig): void {
    Reflect.deleteProperty(sent, KEPT);
    for (const [name, value] of this.#members) Reflect.set(sent, name, value);
  }

  toJSON(): undefined {
    return undefined;
  }

  private hideIn(config: InternalAxiosRequestConfig): void {
    for (const [name, value] of this.#members) hideMember(config, name, () => value);
    Reflect.set(config, KEPT, this);
  }
}
