import type { Api, ClientRegistration } from './provider.factory.js';

/**
 * The APIs that this authorization server issues tokens for. An identifier is a name, not an address:
 * it becomes the audience (`aud`) of the token, and an API refuses every token that names another one.
 * A scope belongs to one API, so the scopes that a client asks for also say which API it wants to call.
 */
export const apis: Api[] = [
  { identifier: 'https://api.example.com', scopes: ['api1', 'reports.read', 'reports.write'] },
  { identifier: 'https://orders.example.com', scopes: ['orders.read', 'orders.write'] },
];

/**
 * The clients that may ask for tokens, in the words of OAuth (RFC 7591). No user is involved: a client
 * proves who it is with its secret and gets at most the scopes listed here.
 *
 * The secrets stand in the source because this is a sample on your own machine.
 */
export const clients: ClientRegistration[] = [
  // The console program of the quickstart.
  { client_id: 'client', client_secret: 'secret', scope: 'api1' },
  // A second program, trusted with more of the same API.
  { client_id: 'reporter', client_secret: 'reporter-secret', scope: 'api1 reports.read' },
  // The gateway, a service that calls another service.
  { client_id: 'gateway', client_secret: 'gateway-secret', scope: 'orders.read orders.write' },
];
