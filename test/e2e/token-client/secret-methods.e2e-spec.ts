import { TokenRequestError, type TokenClientModuleOptions } from 'nestjs-access-tokens';
import { RecordingServer, tokenEndpoint, type Responder } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

const clientId = 'a4f13611-c393-4a21-adde-f8c2176c30c2';
const unreserved = '0jQK_heHj4Ba7-IPXk.1bZ~bnK*v';
const special = '0jQK heHj4Ba7/IPXk+1bZ!';
const ENCODING = "{ method: 'client_secret_basic', encoding: 'raw' }, or 'client_secret_post'";

describe('a secret', () => {
  let server: RecordingServer;
  let listed: unknown;
  let answer: Responder;
  const refuse: Responder = () => ({ status: 401, body: { error: 'invalid_client' } });

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    server.requests.length = 0;
    listed = undefined;
    answer = tokenEndpoint();
    server.respond = (request, response) =>
      request.path.includes('.well-known')
        ? {
            body: {
              issuer: server.origin,
              token_endpoint: `${server.origin}/token`,
              token_endpoint_auth_methods_supported: listed,
            },
          }
        : answer(request, response);
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  const start = (more: Partial<TokenClientModuleOptions> = {}) =>
    TokenClients.start({
      issuer: server.origin,
      clientId,
      clientSecret: unreserved,
      clients: { orders: { baseURL: 'https://orders.example' } },
      ...more,
    });
  const basic = (secret: string) =>
    `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  const sent = () =>
    server.requests
      .filter(({ path }) => path === '/token')
      .map(({ headers, body }) => headers.authorization ?? body);

  it('goes into a Basic header as it is, where it has nothing but unreserved characters', async () => {
    const { tokens } = await start();
    await tokens.getToken('orders');
    expect(sent()).toEqual([basic(unreserved)]);
  });

  it.each<[string, unknown, 'basic' | 'post']>([
    ['nothing', undefined, 'basic'],
    ['both', ['client_secret_post', 'client_secret_basic'], 'basic'],
    ['Basic', ['client_secret_basic', 'private_key_jwt'], 'basic'],
    ['the body', ['client_secret_post', 'private_key_jwt'], 'post'],
    ['neither', ['private_key_jwt'], 'basic'],
    ['an empty list', [], 'basic'],
    ['no list', 'client_secret_post', 'basic'],
    ['no names', [1, null, ['client_secret_post'], 'client_secret_post\n'], 'basic'],
  ])('goes where the metadata lists %s', async (_case, methods, way) => {
    listed = methods;
    const { tokens } = await start();
    await tokens.getToken('orders');
    expect(sent()).toEqual([
      way === 'basic'
        ? basic(unreserved)
        : `grant_type=client_credentials&client_id=${clientId}&client_secret=${new URLSearchParams({ '': unreserved }).toString().slice(1)}`,
    ]);
  });

  it('goes where the options say, whatever the metadata lists', async () => {
    listed = ['client_secret_post'];
    const { tokens } = await start({ clientAuthentication: 'client_secret_basic' });
    await tokens.getToken('orders');
    expect(sent()).toEqual([basic(unreserved)]);
  });

  async function refusal(more: Partial<TokenClientModuleOptions>) {
    answer = refuse;
    const clients = await start(more);
    const error = await rejection(clients.tokens.getToken('orders'));
    expect(error).toBeInstanceOf(TokenRequestError);
    expectNoSecret([error, clients.logs], unreserved, special, encodeURIComponent(special));
    return (error as Error).message;
  }

  it('that is refused has the error name what the server lists', async () => {
    listed = ['client_secret_post', 'private_key_jwt', '\u001b[31m', 'x'.repeat(100)];
    const message = await refusal({ clientAuthentication: 'client_secret_basic' });
    expect(message).toMatch(
      / The server lists client_secret_post, private_key_jwt\. \(see: errors#token_request_failed\)$/,
    );
  });

  it('that is refused has the error name what to do about the encoding, if there was any', async () => {
    expect(await refusal({ clientSecret: special })).toContain(ENCODING);
    expect(await refusal({ clientId: 'a:b' })).toContain(ENCODING);
    expect(await refusal({})).not.toContain('encoding');
    expect(await refusal({ clientSecret: special, clientAuthentication: 'client_secret_post' }))
      .not //
      .toContain('encoding');
    const raw = { method: 'client_secret_basic', encoding: 'raw' } as const;
    expect(await refusal({ clientSecret: special, clientAuthentication: raw }))
      .not //
      .toContain('encoding');
    listed = ['client_secret_post'];
    expect(await refusal({ clientSecret: special })).not.toContain('encoding');
  });

  it('says so to the next client that is told of the same refusal', async () => {
    answer = refuse;
    const orders = { baseURL: 'https://orders.example' };
    const { tokens } = await start({ clientSecret: special, clients: { orders, stock: orders } });
    await rejection(tokens.getToken('orders'));
    const error = await rejection(tokens.getToken('stock'));
    expect(String(error)).toContain("Client 'stock' got no access token");
    expect(String(error)).toContain(ENCODING);
    expect(sent()).toHaveLength(1);
  });

  it.each([
    ['as it was sent', `${clientId}:0jQK+heHj4Ba7%2FIPXk%2B1bZ%21`],
    ['as others encode it', `${clientId}:0jQK%20heHj4Ba7%2FIPXk%2B1bZ!`],
  ])('is not shown %s, though the server repeats it', async (_case, pair) => {
    answer = () => ({
      status: 401,
      body: { error: 'invalid_client', error_description: `wrong: ${btoa(pair)} ${pair}` },
    });
    const { tokens } = await start({ clientSecret: special });
    const error = await rejection(tokens.getToken('orders'));
    expectNoSecret(error, btoa(pair), pair.split(':')[1] ?? '');
  });

  it('with a tilde is not shown either way', async () => {
    const secret = 'tilde~tilde~!tilde';
    answer = () => ({
      status: 401,
      body: {
        error: 'invalid_client',
        error_description: `tilde~tilde~%21tilde tilde%7Etilde%7E%21tilde ${btoa(`${clientId}:tilde~tilde~%21tilde`)}`,
      },
    });
    const { tokens } = await start({ clientSecret: secret });
    expect(await rejection(tokens.getToken('orders'))).toMatchObject({
      oauthErrorDescription: '[redacted] [redacted] [redacted]',
    });
  });
});
