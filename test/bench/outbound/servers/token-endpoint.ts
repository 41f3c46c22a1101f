import { makeToken } from '../token.js';
import { serve } from './server.js';

/** `/{who asks}/{status}/{milliseconds until the answer}/{seconds that the token lives}` */
const PATH = /^\/([\w-]+)\/(\d+)\/(\d+)\/(\d+)/;

/** How many token requests have come to each path. */
const requests = new Map<string, number>();
let made = 0;

await serve(
  (request, response) => {
    const path = request.url ?? '';
    const [, , status, delayMs, expiresIn] = PATH.exec(path) ?? [];
    requests.set(path, (requests.get(path) ?? 0) + 1);
    request.resume();
    setTimeout(() => {
      made += 1;
      const body =
        status === '200'
          ? { access_token: makeToken(made), token_type: 'Bearer', expires_in: Number(expiresIn) }
          : { error: 'server_error' };
      response.writeHead(Number(status), { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    }, Number(delayMs));
  },
  () => Object.fromEntries(requests),
);
