import { BlockList, isIP } from 'node:net';
import { isLoopback } from '../../common/secure-url.js';

/** The environment of a process, as far as it names proxies. */
export type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
  'http:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
};

/** The variable of the environment that names the proxy for a URL; nothing where there is none, or `NO_PROXY` excepts it. */
export function proxyVariableFor(url: URL, environment: Environment): string | undefined {
  const variable = VARIABLES[url.protocol]?.find((name) => environment[name]);
  if (variable === undefined || isLoopback(url)) return undefined;
  return isExcepted(url, environment['no_proxy'] || environment['NO_PROXY'] || '')
    ? undefined
    : variable;
}

/** The proxy that the environment names for a URL, with a scheme. */
export function environmentProxyFor(url: URL, environment: Environment): string | undefined {
  const variable = proxyVariableFor(url, environment);
  return variable && withScheme(environment[variable] ?? '');
}

/** Every variable that names a proxy, and the proxy with its scheme. */
export function proxiesIn(environment: Environment): [variable: string, proxy: string][] {
  const names = [...new Set(Object.values(VARIABLES).flat())].filter((name) => environment[name]);
  return names.map((name) => [name, withScheme(environment[name] ?? '')]);
}

/** Most programs take `proxy.example.com:3128` for a proxy on http. */
function withScheme(proxy: string): string {
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/**
 * `NO_PROXY`: names with all that is beneath them, addresses and networks, each perhaps with a port, with commas or blanks
 * between them; `*` is everything.
 */
function isExcepted(url: URL, exceptions: string): boolean {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return exceptions
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, host = entry, itsPort] = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
      if (itsPort !== undefined && itsPort !== port) return false;
      return host === '*' || fits(hostname, host.replace(/^\[|\]$/g, ''));
    });
}

function fits(hostname: string, entry: string): boolean {
  const [network = '', bits] = entry.split('/');
  if (bits !== undefined) return isInNetwork(hostname, network, Number(bits));
  const name = entry.replace(/^\*?\./, '');
  return hostname === name || (name !== '' && hostname.endsWith(`.${name}`));
}

function isInNetwork(hostname: string, network: string, bits: number): boolean {
  const [family, version] = [isIP(hostname), isIP(network)];
  const isNetwork = Number.isInteger(bits) && bits >= 0 && bits <= (version === 4 ? 32 : 128);
  if (family === 0 || family !== version || !isNetwork) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, bits, type);
  return list.check(hostname, type);
}
