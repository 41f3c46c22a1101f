import type { Provider } from 'oidc-provider';

/** What Koa, which oidc-provider is built on, hands to whoever answers a request. */
export type Context = Parameters<Parameters<Provider['use']>[0]>[0];
