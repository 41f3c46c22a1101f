import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwk } from './test-tokens.js';

const SCOPE_WANTED = 'Bearer error="insufficient_scope", scope="billing.admin"';

/** An authorization server with metadata, keys and client credentials, and the API that is called with its tokens. */
export async function startServers() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function answer({ url: path = '', headers }: IncomingMessage, response: ServerResponse) {
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path.startsWith('/.well-known/')) {
      const places = { jwks_uri: `${url}/keys`, token_endpoint: `${url}/token` };
      return send(200, { issuer: url, ...places });
    }
    if (path === '/keys') return send(200, { keys: [jwk] });
    if (path === '/token') {
      return send(200, { access_token: 'of-orders', token_type: 'Bearer', expires_in: 300 });
    }
    if (path === '/invoices/500') return send(500, {});
    if (path === '/invoices/403') response.setHeader('www-authenticate', SCOPE_WANTED);
    const id = path.split('/').pop();
    return send(id === '403' ? 403 : 200, { id, authorization: headers.authorization });
  }

  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, close };
}
