import { Controller, type ExecutionContext, Get } from '@nestjs/common';
import {
  AccessToken,
  type AuthorizationPolicy,
  AuthorizationService,
  JwtAuthModule,
  KeysUnavailableError,
  RequireClaim,
  RequirePolicy,
  RequireScope,
  type RequestRefusedError,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { expectDenied } from '../../support/forbidden.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience, expectUnavailable } from '../../support/protected-api.js';

const LIMIT_MS = 10_000;

/** Gives no answer until it is let go, and goes wrong then. */
const held: (() => void)[] = [];
const hangs = (): Promise<never> =>
  new Promise((_resolve, reject) => held.push(() => reject(new Error('too late'))));

class Hanging implements AuthorizationPolicy<unknown> {
  allows(): Promise<boolean> {
    return hangs();
  }
}

class Quick implements AuthorizationPolicy<unknown> {
  allows(_token: AccessToken): boolean {
    return true;
  }
}

class Later implements AuthorizationPolicy<unknown> {
  async allows(_token: AccessToken): Promise<boolean> {
    return Promise.resolve(true);
  }
}

const valueOf = (context: ExecutionContext): string =>
  context.switchToHttp().getRequest<{ params: { value: string } }>().params.value;

@Controller()
class LimitsController {
  constructor(private readonly authorization: AuthorizationService) {}

  @Get('policy')
  @RequirePolicy(Hanging)
  policy() {}

  @Get('both')
  @RequirePolicy(Later, Hanging)
  both() {}

  @Get('scopes')
  @RequireScope('api')
  @RequireScope(() => hangs())
  scopes() {}

  @Get('claim')
  @RequireClaim('sub', () => hangs())
  claim() {}

  @Get('service')
  async service(@AccessToken() token: AccessToken) {
    await this.authorization.require(Hanging, token);
  }

  @Get('quick')
  @RequireScope(() => 'api')
  @RequireClaim('sub', () => true)
  @RequirePolicy(Quick)
  async quick(@AccessToken() token: AccessToken) {
    await this.authorization.require(Quick, token);
    return { ok: true };
  }

  @Get('later')
  @RequirePolicy(Later)
  later() {
    return { ok: true };
  }

  @Get('faulty/:value')
  @RequireScope((context) => [valueOf(context), 'a b'])
  faulty() {}
}

describe.each(platforms)('functions that decide about access on %s', (platform) => {
  let server: AuthorizationServer;
  let api: RunningApp;
  let token: string;
  let clock: TestClock;
  const logger = new MemoryLogger();
  const failures: RequestRefusedError[] = [];
  const limits: unknown[] = [];

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    clock = new TestClock();
    const onFailure = (error: RequestRefusedError) => failures.push(error);
    api = await startApp({
      platform,
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience, clock, onFailure })],
      controllers: [LimitsController],
      providers: [Hanging, Quick, Later],
      configure: (app) => app.useLogger(logger),
    });
    // The clock runs ahead of that of the machine.
    const exp = Math.floor(Date.now() / 1000) + 24 * 3600;
    token = await server.sign({ sub: 'alice', scope: 'api', exp });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  beforeEach(() => {
    const { setTimeout: wait } = globalThis;
    // The time is over at once for what has this limit.
    const soon = (work: () => void, ms?: number): NodeJS.Timeout => {
      if (ms === LIMIT_MS) limits.push(ms);
      return wait(work, ms === LIMIT_MS ? 0 : ms);
    };
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(soon);
    for (const list of [logger.lines, failures, limits, held]) list.length = 0;
    clock.advance({ minutes: 2 });
  });

  afterEach(() => jest.restoreAllMocks());

  const warnings = (handler: string): string[] =>
    logger.lines.filter((line) => line.startsWith('warn') && line.includes(handler));

  it.each(['policy', 'both', 'scopes', 'claim'])(
    'have ten seconds, all together: then nobody knows, and the answer is 503 (%s)',
    async (path) => {
      const answer = await api.get(`/${path}`, token);
      expectUnavailable(answer);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(limits).toEqual([LIMIT_MS]);
      expect(failures).toEqual([expect.any(KeysUnavailableError)]);
      expect((failures[0] as KeysUnavailableError).detail).toBe(
        'a policy, computed scopes or a claim predicate gave no answer within 10000 ms',
      );
      // What comes too late changes nothing, and does not end the process.
      for (const letGo of held) letGo();
    },
  );

  it('have ten seconds in a handler as well', async () => {
    expect(await api.get('/service', token)).toMatchObject({
      status: 503,
      body: { message: 'Access tokens cannot be checked at the moment' },
    });
    expect(limits).toEqual([LIMIT_MS]);
  });

  it('do not stand before the demand for a token', async () => {
    expect(await api.get('/scopes')).toMatchObject({
      status: 401,
      challenge: `Bearer realm="${audience}", scope="api"`,
      body: { message: 'An access token is required' },
    });
    expect(limits).toEqual([LIMIT_MS]);
  });

  it('are told once in the log, however many requests wait for them', async () => {
    await Promise.all([1, 2, 3].map(() => api.get('/policy', token)));
    await Promise.all([1, 2, 3].map(() => api.get('/scopes')));
    expect(warnings('LimitsController.policy')).toEqual([
      'warn [JwtAuthModule] LimitsController.policy was refused: a policy, computed scopes or a claim predicate gave no answer within 10000 ms.',
    ]);
    expect(warnings('LimitsController.scopes')).toHaveLength(1);
  });

  it('need no timer where they answer at once', async () => {
    expect((await api.get('/quick', token)).status).toBe(200);
    expect(limits).toEqual([]);
  });

  it('may answer later', async () => {
    jest.restoreAllMocks();
    expect((await api.get('/later', token)).status).toBe(200);
  });

  it('cause one line where strangers ask for scopes that are none, whatever they ask for', async () => {
    const flood = () =>
      Promise.all(Array.from({ length: 50 }, (_, i) => api.get(`/faulty/value-${i}`)));
    expect(new Set((await flood()).map(({ status }) => status))).toEqual(new Set([401]));
    expect(warnings('LimitsController.faulty')).toHaveLength(1);
    clock.advance({ seconds: 61 });
    await flood();
    expect(warnings('LimitsController.faulty')).toHaveLength(2);
  });

  it('cause a line for each mistake with a token, once, and not without end', async () => {
    for (let i = 0; i < 3; i += 1) expect((await api.get('/faulty/same', token)).status).toBe(403);
    expect(warnings('LimitsController.faulty')).toHaveLength(1);
    for (let i = 0; i < 20; i += 1) expectDenied(await api.get(`/faulty/other-${i}`, token));
    expect(warnings('LimitsController.faulty')).toHaveLength(10);
  });
});
