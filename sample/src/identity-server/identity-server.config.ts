import type { ClientRegistration } from './client.registration.js';
import type { Api } from './provider.options.js';
import type { User } from './users.js';

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
 * The clients that may ask for tokens, in the words of OAuth (RFC 7591). A client proves who it is with its
 * secret and gets at most the scopes listed here, for itself or for a user.
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
  // The API itself, when it calls the next one for the user whose token it received.
  {
    client_id: 'api',
    client_secret: 'api-secret',
    scope: 'orders.read orders.write',
    api_identifier: 'https://api.example.com',
  },
];

/** The web application, at which users sign in: `url` is where it is, without a slash at the end. */
export function webClient(url: string): ClientRegistration {
  return {
    client_id: 'web',
    client_secret: 'web-secret',
    client_name: 'Sample web application',
    scope: 'openid profile email offline_access api1 reports.read orders.read orders.write',
    redirect_uris: [`${url}/auth/callback`],
    post_logout_redirect_uris: [`${url}/`],
  };
}

/** Who can sign in. The passwords stand in the source for the same reason as the secrets. */
export const users: User[] = [
  {
    id: 'alice',
    username: 'alice',
    password: 'alice-password',
    name: 'Alice Smith',
    email: 'alice@example.com',
  },
  {
    id: 'bob',
    username: 'bob',
    password: 'bob-password',
    name: 'Bob Jones',
    email: 'bob@example.com',
  },
];
