import { Injectable, Module } from '@nestjs/common';
import { HttpService } from '@nestjs/axios';
import type { AxiosInstance } from 'axios';
import {
  ConfigurationError,
  getTokenClientToken,
  getTokenHttpServiceToken,
  InjectTokenClient,
  InjectTokenHttpService,
  TokenClientModule,
} from 'nestjs-access-tokens';
import { TokenClients } from '../../support/token-clients.js';

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
    (error: unknown) => (error instanceof ConfigurationError ? error.problems : error),
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

  describe('where forRoot is called more than once', () => {
    const rootAsync = (names: readonly string[]) =>
      TokenClientModule.forRootAsync({
        clients: names,
        useFactory: () => ({
          ...shared,
          clients: Object.fromEntries(names.map((name) => [name, api])),
        }),
      });
    const warningsOf = ({ logs }: TokenClients) =>
      logs.ours.filter((line) => line.includes('forRoot'));

    it.each([
      [
        'forRoot',
        (names: readonly string[]) => root(Object.fromEntries(names.map((n) => [n, api]))),
      ],
      ['forRootAsync', rootAsync],
    ])('one warning names the clients of each: %s', async (_name, make) => {
      const clients = await TokenClients.start([
        { module: class ShopModule {}, imports: [make(['billing', 'x'])] },
        { module: class StockModule {}, imports: [make(['billing', 'y'])] },
      ]);
      expect(warningsOf(clients)).toEqual([
        "warn [TokenClientModule] forRoot is called 2 times in one application: with 'billing', 'x'; with 'billing', 'y'. " +
          'Where a module imports none of them, ClientTokenService, UserTokenService and forFeature are those of the first. ' +
          'Call forRoot once, in AppModule, and give it all clients, or add some by TokenClientModule.forFeature(clients), which may have a clientId of their own.',
      ]);
      await expect(clients.tokens.getToken('z')).rejects.toThrow(
        /^There is no client 'z'\. TokenClientModule has 'billing', '[xy]'\. This application calls forRoot more than once, /,
      );
    });

    it('says nothing of one that many modules import, nor of features', async () => {
      const once = root({ billing: api });
      const clients = await TokenClients.start([
        { module: class ShopModule {}, imports: [once] },
        { module: class StockModule {}, imports: [once, TokenClientModule] },
        TokenClientModule.forFeature({ y: api }),
      ]);
      expect(warningsOf(clients)).toEqual([]);
      await expect(clients.tokens.getToken('z')).rejects.toThrow(
        "There is no client 'z'. TokenClientModule has 'billing', 'y'.",
      );
    });
  });

  describe('where the name of a client is misspelt', () => {
    @Injectable()
    class Service {
      constructor(@InjectTokenClient('biling') readonly billing: AxiosInstance) {}
    }
    @Injectable()
    class RxService {
      constructor(@InjectTokenHttpService('biling') readonly billing: HttpService) {}
    }
    @Injectable()
    class PropertyService {
      @InjectTokenClient('biling') readonly billing!: AxiosInstance;
    }
    class ShopModule {}
    const CLIENT =
      'TokenClient:biling (is TokenClientModule.forRoot imported, and that name in its clients?)';
    const SERVICE =
      'TokenHttpService:biling (is TokenClientModule.forRoot imported, and that name in its clients?)';

    it.each([
      [
        Service,
        `dependencies of the Service (?). Please make sure that the argument "${CLIENT}" at index [0] is available in the ShopModule module.`,
      ],
      [
        RxService,
        `dependencies of the RxService (?). Please make sure that the argument "${SERVICE}" at index [0] is available in the ShopModule module.`,
      ],
      [
        PropertyService,
        'dependencies of the PropertyService. Please make sure that the "billing" property is available in the current context.',
      ],
    ])('the error of Nest says where it should be: %p', async (service, expected) => {
      const shop = { module: ShopModule, providers: [service] };
      const message = await TokenClients.start([root({ billing: api }), shop]).then(
        () => '',
        ({ message: text }: Error) => text,
      );
      expect(message.split('\n')[0]).toBe(`Nest can't resolve ${expected}`);
    });

    it('so does the error of a look-up', async () => {
      const { app } = await TokenClients.start([root({ billing: api })]);
      expect(() => app.get<unknown>(getTokenClientToken('biling'), { strict: false })).toThrow(
        CLIENT,
      );
      expect(getTokenClientToken('billing')).toBe(getTokenClientToken('billing'));
      expect(getTokenHttpServiceToken('billing')).toBe(getTokenHttpServiceToken('billing'));
    });
  });
});
