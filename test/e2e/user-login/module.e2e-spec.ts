import { Controller, Get, Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ConfigurationError,
  JwtAuthModule,
  Public,
  TokenClientModule,
  UserLoginModule,
  type UserLoginModuleOptions,
} from 'nestjs-access-tokens';
import { platforms, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { startLoginApp } from '../../support/login-app.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { rejection } from '../../support/secrets.js';
import { TestBrowser } from '../../support/test-browser.js';

const shared = { issuer: 'https://id.example.com', clientId: 'web', clientSecret: 'web-secret' };

describe('UserLoginModule', () => {
  async function faultsOf(
    options: Record<string, unknown>,
    tokenClient: Record<string, unknown> = shared,
  ): Promise<readonly string[]> {
    const given = options as unknown as UserLoginModuleOptions;
    return faultsWith([TokenClientModule.forRoot(tokenClient), UserLoginModule.forRoot(given)]);
  }

  async function faultsWith(imports: NonNullable<ModuleMetadata['imports']>) {
    class AppModule {}
    Module({ imports })(AppModule);
    const starting = NestFactory.create(AppModule, {
      logger: new MemoryLogger(),
      abortOnError: false,
    });
    const error = await rejection(starting);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).module).toBe('UserLoginModule');
    return (error as ConfigurationError).problems;
  }

  const baseURL = 'https://app.example.com';

  it.each<[Record<string, unknown>, string]>([
    [{}, 'baseURL: missing.'],
    [{ baseURL: 'app' }, 'baseURL: not an absolute URL.'],
    [{ baseURL: 'http://app.example.com' }, "baseURL: 'http://app.example.com' is not https."],
    [{ baseURL: `${baseURL}?a=b` }, 'baseURL: has a query or a fragment.'],
    [{ baseURL, scope: 7 }, 'scope: not a string.'],
    [{ baseURL, scope: 'a"b' }, 'scope: "a\\"b" cannot be a scope'],
    [{ baseURL, resource: 'urn:a#b' }, "resource: 'urn:a#b' has a fragment"],
    [{ baseURL, path: 'auth' }, "path: not a path such as '/auth'."],
    [{ baseURL, path: '/auth/' }, "path: not a path such as '/auth'."],
    [{ baseURL, path: '/a*' }, "path: not a path such as '/auth'."],
    [
      { baseURL, afterLogin: 'https://evil.example' },
      'afterLogin: not a path of this application.',
    ],
    [{ baseURL, afterLogout: '//evil.example' }, 'afterLogout: not a path of this application.'],
    [{ baseURL, prompt: '' }, 'prompt: empty.'],
    [{ baseURL, parameters: { state: 'x' } }, 'parameters.state: is decided by the module'],
    [{ baseURL, parameters: { max_age: 5 } }, 'parameters.max_age: not a string.'],
    [{ baseURL, parameters: 'x' }, 'parameters: not an object.'],
    [{ baseURL, pushedAuthorizationRequests: true }, 'pushedAuthorizationRequests: unknown value.'],
    [{ baseURL, onSignedIn: 'x' }, 'onSignedIn: not a function.'],
    [{ baseURL, onFailed: 'x' }, 'onFailed: not a function.'],
    [{ baseURL, returnTo: '/' }, 'returnTo: no option.'],
    [{ baseURL, baseUrl: '/' }, "baseUrl: no option. Did you mean 'baseURL'?"],
  ])('does not start with %j', async (options, fault) => {
    expect(await faultsOf(options)).toEqual([expect.stringContaining(fault)]);
  });

  it('tells all faults at once', async () => {
    const faults = await faultsOf({ scope: 1, prompt: '' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['baseURL', 'scope', 'prompt']);
  });

  it('does not start with a token endpoint alone', async () => {
    const { issuer: _, ...credentials } = shared;
    const faults = await faultsOf(
      { baseURL },
      { ...credentials, tokenEndpoint: 'https://id.example.com/token' },
    );
    expect(faults).toEqual([expect.stringContaining('give TokenClientModule issuer')]);
  });

  it('does not start without TokenClientModule', async () => {
    const faults = await faultsWith([UserLoginModule.forRoot({ baseURL })]);
    expect(faults).toEqual([expect.stringContaining('TokenClientModule: missing.')]);
  });

  it('does not start where it is imported by its name alone', async () => {
    const missing =
      'forRoot: missing. Import UserLoginModule.forRoot({ baseURL }) or forRootAsync once, in AppModule. What it has is global: other modules need not import it.';
    expect(await faultsWith([UserLoginModule])).toEqual([missing]);
    expect(await faultsWith([TokenClientModule.forRoot(shared), UserLoginModule])).toEqual([
      missing,
    ]);
  });

  it.each([
    ['after', (root: DynamicModule) => [root, UserLoginModule]],
    ['before', (root: DynamicModule) => [UserLoginModule, root]],
  ])('may be imported by its name alone as well, %s forRoot', async (_, order) => {
    class AppModule {}
    const imports = order(UserLoginModule.forRoot({ baseURL }));
    Module({ imports: [TokenClientModule.forRoot(shared), ...imports] })(AppModule);
    const logger = new MemoryLogger();
    const app = await NestFactory.create(AppModule, { logger, abortOnError: false });
    await app.init();
    await app.close();
    const sessions = logger.lines.filter((line) => /\[UserLoginModule\].*session/i.test(line));
    expect(sessions).toHaveLength(1);
  });

  it('does not start with a path that the factory gives too late', async () => {
    const faults = await faultsWith([
      TokenClientModule.forRoot(shared),
      UserLoginModule.forRootAsync({ useFactory: () => ({ baseURL, path: '/login' }) }),
    ]);
    expect(faults).toEqual([expect.stringContaining('Give it to forRootAsync')]);
  });

  describe.each(platforms)('with %s', (platform) => {
    let server: AuthorizationServer;

    beforeAll(async () => {
      server = await AuthorizationServer.start();
    });

    afterAll(() => server.stop());

    it('is in nobody’s way beside JwtAuthModule, which protects everything', async () => {
      @Controller('guarded')
      class Guarded {
        @Get()
        closed() {
          return 'closed';
        }

        @Public()
        @Get('open')
        open() {
          return 'open';
        }
      }
      const jwtAuth = JwtAuthModule.forRoot({
        issuer: server.issuer,
        audience: 'https://api.example.com',
      });
      const feature = { module: class Feature {}, controllers: [Guarded] };
      const app = await startLoginApp({ platform, server, imports: [jwtAuth, feature] });
      try {
        const browser = new TestBrowser();
        expect((await browser.get(`${app.url}/guarded`)).status).toBe(401);
        expect((await browser.get(`${app.url}/guarded/open`)).status).toBe(200);
        await browser.get(`${app.url}/auth/login?returnTo=/guarded/open`);
        await browser.signIn('alice');
        expect(browser.page).toMatchObject({ url: `${app.url}/guarded/open`, status: 200 });
        const page = await browser.post(`${app.url}/auth/logout`, {}, { followRedirects: false });
        expect(page.status).toBe(303);
      } finally {
        await app.close();
      }
    });

    it('has its routes where path says, below a prefix and outside of versions', async () => {
      const app = await startApp({
        platform,
        imports: [
          TokenClientModule.forRoot({ ...shared, issuer: server.issuer }),
          UserLoginModule.forRootAsync({
            path: '/sign/in',
            useFactory: () => ({ baseURL: `${baseURL}/web/`, afterLogin: '/web' }),
          }),
        ],
        configure: (nest) => {
          nest.setGlobalPrefix('web');
          nest.enableVersioning();
        },
      });
      try {
        const browser = new TestBrowser();
        expect((await browser.get(`${app.url}/web/sign/in/callback?state=x`)).status).toBe(500); // no session
        expect((await browser.get(`${app.url}/web/auth/callback?state=x`)).status).toBe(404);
      } finally {
        await app.close();
      }
    });
  });
});
