/** As long as a JWT of an authorization server with a few claims, signed with RS256. */
export const TOKEN_LENGTH = 870;

/** Calls under way at the same time, in bursts against the loopback server. */
export const CONCURRENCY = 16;

export type ClientName =
  | 'bare'
  | 'twin'
  | 'redirecting'
  | 'headerless'
  | 'ours'
  | 'simple-oauth2'
  | 'axios-token-interceptor'
  | 'openid-client';

export interface Contestant {
  readonly name: ClientName;
  readonly label: string;
  readonly colour: string;
}

export const BARE: Contestant = {
  name: 'bare',
  label: 'bare Axios, static header',
  colour: '#8c8c8c',
};

const TWIN: Contestant = { name: 'twin', label: 'bare Axios, twin (noise)', colour: '#b8b8b8' };

/** All who get tokens. */
export const TOKEN_CLIENTS: readonly Contestant[] = [
  { name: 'ours', label: 'nestjs-access-tokens', colour: '#1a7f37' },
  { name: 'simple-oauth2', label: 'simple-oauth2, interceptor', colour: '#bc4c00' },
  { name: 'axios-token-interceptor', label: 'axios-token-interceptor', colour: '#0969da' },
  { name: 'openid-client', label: 'openid-client, by hand', colour: '#8250df' },
];

const REDIRECTING: Contestant = {
  name: 'redirecting',
  label: 'bare Axios, redirects on',
  colour: '#b8b8b8',
};

const HEADERLESS: Contestant = {
  name: 'headerless',
  label: 'bare Axios, no header',
  colour: '#d8d8d8',
};

/** All who are measured beside bare Axios. */
export const CONTESTANTS: readonly Contestant[] = [TWIN, REDIRECTING, HEADERLESS, ...TOKEN_CLIENTS];

/** `wire`: against a server on loopback. `pipeline`: Axios alone, with an adapter that answers at once. */
export const WORKLOADS = ['wire', 'pipeline'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** A call of a token client may wait this long without being counted as one that waits. */
export const PATIENCE_MS = 100;

/** The API wants to see a token, and an adapter that answers at once knows no redirects. */
export function takesPart({ name }: Contestant, workload: Workload): boolean {
  if (name === 'headerless') return workload === 'pipeline';
  return name !== 'redirecting' || workload === 'wire';
}
