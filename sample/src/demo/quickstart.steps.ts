import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createClient } from '../client/run-client.js';
import { formatJson, shorten } from '../client/format.js';
import { Quickstart } from '../client/quickstart.service.js';
import type { TokenExchange } from '../identity-server/traffic.recorder.js';
import type { Narrator } from './narrator.js';
import type { Stage } from './stage.js';

/** A client gets a token and calls a protected API with it. */
export async function quickstart(stage: Stage, narrator: Narrator): Promise<void> {
  const { issuer } = stage.identityServer;
  const client = await createClient(stage.clientSettings(), stage.logger);
  const steps = client.get(Quickstart);
  const print = (text: string) => narrator.show(text);

  await narrator.step('The client discovers the authorization server', async () => {
    const metadata = await steps.discover(issuer, print);
    narrator.check('it names its token endpoint', metadata.includes(`"${issuer}/token"`));
  });

  await narrator.step('The client asks for a token', async () => {
    const token = await steps.requestToken(print);
    const exchange = stage.identityServer.traffic.tokenExchanges.at(-1);
    print(describe(issuer, exchange));
    narrator.check('the authorization server issued a bearer token', token.tokenType === 'Bearer');
    narrator.check('it allows api1 and nothing else', [...token.scopes].join() === 'api1');
  });

  await narrator.step('The claims in the token', async () => {
    const token = await steps.requestToken(() => {});
    steps.decodeToken(token, print);
    const { typ } = decodeProtectedHeader(token.accessToken);
    const { iss, aud, client_id } = decodeJwt(token.accessToken);
    narrator.check('it is a JWT access token (RFC 9068)', typ === 'at+jwt');
    narrator.check('of this authorization server', iss === issuer);
    narrator.check('for this API', aud === 'https://api.example.com');
    narrator.check('issued to this client', client_id === 'client');
    narrator.check(
      'and the same as before: one token request so far',
      stage.identityServer.traffic.requests.token === 1,
    );
  });

  await narrator.step('The client calls the API', async () => {
    const claims = JSON.stringify(await steps.callApi(print));
    narrator.check(
      'the API knows who calls',
      claims.includes('{"type":"client_id","value":"client"}'),
    );
    narrator.check('and what it may do', claims.includes('{"type":"scope","value":"api1"}'));
  });

  await client.close();
}

/** The request and the response as the authorization server saw them. */
function describe(issuer: string, exchange: TokenExchange | undefined): string {
  const { clientId, authentication, parameters, status, body } = exchange ?? {};
  const response = { ...body, access_token: shorten(String(body?.['access_token'])) };
  return `On the wire
POST ${issuer}/token as ${clientId} (${authentication}) ${formatJson(parameters)}
${status} ${formatJson(response)}`;
}
