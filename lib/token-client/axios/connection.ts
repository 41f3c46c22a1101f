import { isDeepStrictEqual } from 'node:util';
import type { AxiosDefaults, CreateAxiosDefaults, InternalAxiosRequestConfig } from 'axios';
import { hideMember } from './redaction/hidden-member.js';

/** What of a config decides how a call leaves the process, and thereby who gets to see its token. */
const MEMBERS = [
  'fetchOptions',
  'http2Options',
  'httpAgent',
  'httpVersion',
  'httpsAgent',
  'insecureHTTPParser',
  'lookup',
  'proxy',
  'socketPath',
  'transport',
] as const;

export type ConnectionMember = (typeof MEMBERS)[number];

/**
 * How the calls of a client leave the process, as the client itself says it. Kept out of the configs that Axios
 * puts together for each call: an agent leads to every call that is under way, those of other users included.
 */
export class Connection {
  readonly #members: Map<ConnectionMember, unknown>;

  private constructor(inherited: Iterable<[ConnectionMember, unknown]>) {
    this.#members = new Map(inherited);
  }

  /**
   * Takes it out of the defaults of an instance, where it can still be read, and set, by name.
   *
   * @param inherited of the instance that this one was made by
   */
  static takenFrom(defaults: Defaults, inherited?: Connection): Connection {
    const connection = new Connection(inherited ? inherited.#members : []);
    for (const name of MEMBERS) {
      const value: unknown = Reflect.get(defaults, name);
      if (value !== undefined) connection.#members.set(name, value);
      hideMember(
        defaults,
        name,
        () => connection.get(name),
        (next) => connection.#members.set(name, next),
      );
    }
    return connection;
  }

  get(name: ConnectionMember): unknown {
    return this.#members.get(name);
  }

  /** Whether the client says nothing but what all do. */
  get isStandard(): boolean {
    return this.#members.size === 0;
  }

  /** Whether a call says the same. Axios copies plain objects, so that it need not be the very same. */
  says(name: ConnectionMember, value: unknown): boolean {
    const own = this.get(name);
    return own === value || (isDeepStrictEqual(Object(own), Object(value)) && own !== undefined);
  }

  /** Puts it on the config that is sent, wherever the call says nothing of its own. */
  addTo(sent: InternalAxiosRequestConfig): void {
    for (const [name, value] of this.#members) {
      const given: unknown = Reflect.get(sent, name);
      // Nothing is no choice of another agent; only of a proxy a call may say that it wants none.
      if (!given && !(name === 'proxy' && given === false)) Reflect.set(sent, name, value);
    }
  }

  /** Lets it be found by its names in what comes back, and by nobody who looks at all there is. */
  showOn(config: InternalAxiosRequestConfig): void {
    for (const [name, value] of this.#members) {
      if (!(name in config)) hideMember(config, name, () => value);
    }
  }
}

type Defaults = AxiosDefaults | CreateAxiosDefaults;
