import { serve } from '../../outbound/servers/server.js';
import { makeToken } from '../../outbound/token.js';

let requests = 0;

/** Answers at once: what is measured is what this package does, not what it waits for. */
await serve(
  (request, response) => {
    requests += 1;
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        access_token: makeToken(requests),
        token_type: 'Bearer',
        expires_in: 3600,
      }),
    );
  },
  () => ({ requests }),
);
