import { Injectable, Module } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import { ConfigurationError, InjectTokenClient, TokenClientModule } from 'nestjs-access-tokens';
import { TokenClients } from '../support/token-clients.js';

const shared = {
  tokenEndpoint: 'http://127.0.0.1:1/token',
  clientId: 'gateway',
  clientSecret: 'gateway-secret',
};
const root = (clients = {}) => TokenClientModule.forRoot({ ...shared, clients });
const api = { baseURL: 'http://127.0.0.1:1' };

const MISSING =
  'forRoot: missing. Import TokenClientModule.forRoot({ issuer, clientId, clientSecret, clients }) or forRootAsync once, in AppModule. What it has is global: other modules need not import it.';

const faultsOf = (start: Promise<unknown>): Promise<unknown> =>
  start.then(
    () => undefined,
    (error: unknown) => (error instanceof ConfigurationError ? error.faults : error),
  );

@Module({ imports: [TokenClientModule] })
class BareModule {}

describe('TokenClientModule', () => {
  afterEach(() => TokenClients.stopAll());

  it.each([
    ['after', () => [root({ orders: api }), { module: BareModule }]],
    ['before', () => [{ module: BareModule }, root({ orders: api })]],
  ])('may be imported by its name alone, %s forRoot', async (_, imports) => {
    const clients = await TokenClients.start(imports());
    expect(clients.axios('orders').defaults.baseURL).toBe(api.baseURL);
  });

  it('says what is missing where it is imported by its name alone', async () => {
    expect(await faultsOf(TokenClients.start([{ module: BareModule }]))).toEqual([MISSING]);
  });

  it('says what is missing where there are features only', async () => {
    @Injectable()
    class Service {
      constructor(@InjectTokenClient('orders') readonly orders: AxiosInstance) {}
    }
    class Feature {}
    const feature = TokenClientModule.forFeature({ orders: api });
    expect(await faultsOf(TokenClients.start([feature]))).toEqual([MISSING]);
    const started = TokenClients.start([
      { module: Feature, imports: [feature], providers: [Service] },
    ]);
    expect(await faultsOf(started)).toEqual([MISSING]);
  });

  it('leaves it to the options to say what is wrong with them', async () => {
    const parts = [
      TokenClientModule.forFeature({ orders: api }),
      TokenClientModule.forRoot({ ...shared, clientId: '' }),
    ];
    expect(await faultsOf(TokenClients.start(parts))).toEqual([
      expect.stringMatching(/^clientId: /),
    ]);
  });
});
