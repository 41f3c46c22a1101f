import { Controller, Get, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ConfigurationError, JwtAuthModule, RequireScope } from 'nestjs-access-tokens';
import { startApp } from '../../support/app.js';

const options = { issuer: 'http://127.0.0.1:1', audience: 'https://api.example.com' };

@Controller('scoped')
@RequireScope('read')
class ScopedController {
  @Get()
  scoped() {
    return {};
  }
}

@Module({ imports: [JwtAuthModule], controllers: [ScopedController], exports: [JwtAuthModule] })
class FeatureModule {}

const faultsOf = (start: Promise<unknown>): Promise<unknown> =>
  start.then(
    () => undefined,
    (error: unknown) => (error instanceof ConfigurationError ? error.problems : error),
  );

describe('JwtAuthModule, imported by its name alone', () => {
  it.each([
    ['after', [JwtAuthModule.forRoot(options), FeatureModule]],
    ['before', [FeatureModule, JwtAuthModule.forRoot(options)]],
    [
      'before, with options from a factory',
      [FeatureModule, JwtAuthModule.forRootAsync({ useFactory: async () => options })],
    ],
  ])('is the one that has options, %s', async (_, imports) => {
    const app = await startApp({ imports });
    const { status, challenge } = await app.get('/scoped');
    await app.close();
    expect({ status, challenge }).toEqual({
      status: 401,
      challenge: 'Bearer realm="https://api.example.com", scope="read"',
    });
  });

  it('says what is missing where no options are', async () => {
    expect(await faultsOf(startApp({ imports: [FeatureModule] }))).toEqual([
      'forRoot: missing. Import JwtAuthModule.forRoot({ issuer, audience }) or forRootAsync once, in AppModule. What it has is global: other modules need not import it.',
    ]);
  });

  it('leaves it to the options to say what is wrong with them', async () => {
    const imports = [FeatureModule, JwtAuthModule.forRoot({ ...options, audience: '' })];
    expect(await faultsOf(startApp({ imports }))).toEqual([expect.stringMatching(/^audience: /)]);
  });
});

describe('JwtAuthModule of the application under test', () => {
  const auth = JwtAuthModule.forRoot(options);
  const testAuth = JwtAuthModule.forRoot({ ...options, audience: 'https://test.example.com' });

  @Module({ imports: [auth, FeatureModule] })
  class AppModule {}

  it('is replaced by the module of the test', async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const module = await builder.overrideModule(auth).useModule(testAuth).compile();
    const app = module.createNestApplication();
    app.useLogger(false);
    await app.listen(0, '127.0.0.1');
    const response = await fetch(`${await app.getUrl()}/scoped`);
    await app.close();
    expect(response.headers.get('www-authenticate')).toContain('https://test.example.com');
  });

  it('is named, with the way to replace it, where it is imported twice', async () => {
    expect(await faultsOf(startApp({ imports: [AppModule, testAuth] }))).toEqual([
      'forRoot: called twice in one application. Give several issuers to one module: issuers: [...]. A test that wants other options than AppModule has replaces the module: export const auth = JwtAuthModule.forRoot(...), import that, and Test.createTestingModule({ imports: [AppModule] }).overrideModule(auth).useModule(testAuth).',
    ]);
  });
});
