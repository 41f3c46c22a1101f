import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AxiosBuild } from '../../token-client/axios/is-axios.js';
import { TestKitError } from '../test-kit.error.js';
import type { ReceivedCall, Reply } from './test-api.js';
import type { TestNetwork } from './test-network.js';

const CREDENTIALS = new Set(['authorization', 'cookie', 'dpop', 'proxy-authorization']);

/** Answers the calls of a named client in memory. */
export function apiAdapter(
  name: string,
  network: TestNetwork,
  axios: () => AxiosBuild,
  given: InternalAxiosRequestConfig['adapter'],
): AxiosAdapter {
  return async (config) => {
    const api = network.api(name);
    if (api.isOpen) {
      const build = axios();
      return build.getAdapter(given ?? build.defaults.adapter)(config);
    }
    const call = receivedCall(config, network);
    const reply = api.take(call);
    if (!reply) throw noReply(name, call);
    const body = typeof reply.body === 'function' ? await reply.body(call) : reply.body;
    return settled(responseOf(reply, body, config), axios());
  };
}

function receivedCall(config: InternalAxiosRequestConfig, { grants }: TestNetwork): ReceivedCall {
  const base = config.baseURL ?? '';
  const url = new URL(isAbsolute(config.url) ? (config.url ?? '') : joined(base, config.url ?? ''));
  const isBelow = base !== '' && url.href.startsWith(base);
  const before = isBelow ? new URL(base).pathname.replace(/\/$/, '') : '';
  const path = isBelow ? url.pathname.slice(before.length) || '/' : url.origin + url.pathname;
  const headers = Object.entries(config.headers.toJSON(true)).map(
    ([header, value]) => [header.toLowerCase(), value] as const,
  );
  const token = headers
    .map(([, value]) => value.split(' ').at(-1) ?? '')
    .map((one) => grants.factsOf(one));
  return {
    method: (config.method ?? 'get').toUpperCase(),
    path,
    query: { ...Object.fromEntries(url.searchParams), ...queryOf(config.params) },
    headers: Object.fromEntries(headers.filter(([header, value]) => !isSecret(header, value))),
    body: parsed(config.data),
    token: token.find((facts) => facts !== undefined),
  };

  function isSecret(header: string, value: string): boolean {
    return CREDENTIALS.has(header) || grants.factsOf(value.split(' ').at(-1) ?? '') !== undefined;
  }
}

function responseOf(
  { status, headers }: Reply,
  body: unknown,
  config: InternalAxiosRequestConfig,
): AxiosResponse {
  const data = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  return {
    data: data ?? '',
    status,
    statusText: '',
    headers: { 'content-type': type, ...headers },
    config,
    request: {},
  };
}

/** As the adapters of Axios do it. */
function settled(response: AxiosResponse, { AxiosError }: AxiosBuild): AxiosResponse {
  const { config, status } = response;
  if (!config.validateStatus || config.validateStatus(status)) return response;
  const code = status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
  throw new AxiosError(
    `Request failed with status code ${status}`,
    code,
    config,
    response.request,
    response,
  );
}

function noReply(name: string, { method, path }: ReceivedCall): TestKitError {
  return new TestKitError(
    `Nothing answers ${method} ${path} of the client '${name}'. Say what does: tokens.api('${name}').reply('${method}', '${path}', { … }), or tokens.api('${name}').passThrough() for a server of the test, nock or msw.`,
  );
}

function isAbsolute(url: string | undefined): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(url ?? '');
}

function joined(base: string, path: string): string {
  return path === '' ? base : `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
}

function queryOf(params: unknown): Record<string, string> {
  const entries = params instanceof URLSearchParams ? [...params] : Object.entries(Object(params));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
