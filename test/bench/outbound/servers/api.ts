import { TOKEN_LENGTH } from '../plan.js';
import { serve } from './server.js';

/** An API with next to nothing to do; only it will not be called without a token. */
const ANSWER = Buffer.from('{"id":42,"state":"open","items":[1,2,3]}');
const AUTHORIZED = new RegExp(`^Bearer [\\w.-]{${TOKEN_LENGTH}}$`);

let refused = 0;

await serve(
  ({ headers }, response) => {
    const authorized = AUTHORIZED.test(headers.authorization ?? '');
    if (!authorized) refused += 1;
    response.writeHead(authorized ? 200 : 401, {
      'content-type': 'application/json',
      'content-length': ANSWER.length,
    });
    response.end(ANSWER);
  },
  () => ({ refused }),
);
