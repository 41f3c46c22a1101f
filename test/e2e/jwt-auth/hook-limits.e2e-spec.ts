import type { AccessToken, JwtAuthOptions } from 'nestjs-access-tokens';
import type { RunningApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { hurryTimers } from '../../support/hostile-answers.js';
import {
  audience,
  expectRefused,
  expectUnavailable,
  startProtectedApi,
} from '../../support/protected-api.js';

type Hooks = Partial<Omit<JwtAuthOptions, 'issuer'>>;

const hooks: [string, (answer: () => never | Promise<never>) => Hooks][] = [
  ['isRevoked', (isRevoked) => ({ isRevoked })],
  ['onValidated', (onValidated) => ({ onValidated })],
  ['claimsSchema', (validate) => ({ claimsSchema: { '~standard': { version: 1, validate } } })],
];

describe.each(hooks)('%s', (name, optionsFor) => {
  let server: AuthorizationServer;
  let api: RunningApp | undefined;
  const details: (string | undefined)[] = [];
  const unhandled: unknown[] = [];
  const noteUnhandled = (reason: unknown): void => void unhandled.push(reason);

  const start = async (answer: () => never | Promise<never>): Promise<RunningApp> => {
    api = await startProtectedApi({
      issuer: server.issuer,
      ...optionsFor(answer),
      onFailure: (error) => details.push(error.detail),
    });
    return api;
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  beforeEach(() => {
    details.length = 0;
    unhandled.length = 0;
    process.on('unhandledRejection', noteUnhandled);
  });

  afterEach(async () => {
    process.off('unhandledRejection', noteUnhandled);
    jest.restoreAllMocks();
    await api?.close();
    api = undefined;
  });

  afterAll(() => server.stop());

  it('that never answers is waited for 10 s, and then it cannot be known: 503', async () => {
    const { get } = await start(() => new Promise(() => undefined));
    const token = await server.sign();
    hurryTimers();
    for (let i = 0; i < 3; i += 1) {
      const answer = await get('/', token);
      expectUnavailable(answer);
      expect(answer.headers.get('retry-after')).toBe('5');
    }
    expect(details).toEqual(Array(3).fill(`${name} gave no answer within 10000 ms`));
  });

  it('that fails later still is nobody’s business any more', async () => {
    const late: ((error: Error) => void)[] = [];
    const { get } = await start(() => new Promise((_, reject) => late.push(reject)));
    const token = await server.sign();
    hurryTimers();
    expectUnavailable(await get('/', token));
    late.forEach((fail) => fail(new Error('at last')));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
  });

  it('leaves no timer behind that it started', async () => {
    const started: unknown[] = [];
    const ended: unknown[] = [];
    const { get } = await start(() => Promise.reject(new Error('no')));
    const token = await server.sign();
    const [set, clear] = [globalThis.setTimeout, globalThis.clearTimeout];
    const noted = (work: () => void, ms?: number, ...given: unknown[]) => {
      const timer = set(work, ms, ...given);
      if (ms === 10_000) started.push(timer);
      return timer;
    };
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(Object.assign(noted, set));
    jest.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
      ended.push(timer);
      clear(timer);
    });
    await get('/', token);
    expect(started.length).toBeGreaterThan(0);
    expect(ended).toEqual(expect.arrayContaining(started));
  });

  it('that throws something odd is answered like any failure', async () => {
    const odd: unknown[] = [undefined, null, 'a text', { message: 5 }, Object.create(null)];
    const hostile = Object.assign(new Error('x'), { message: { toString: () => 'odd' } });
    for (const thrown of [...odd, hostile]) {
      const { get, close } = await start(() => {
        throw thrown;
      });
      const answer = await get('/', await server.sign());
      if (name === 'isRevoked') expectUnavailable(answer);
      else expectRefused(answer);
      await close();
      api = undefined;
    }
  });
});

describe('what a schema gives that is no result', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'ok'],
    ['issues that are no list', { issues: true }],
    ['an issue that is nothing', { issues: [undefined, null, 5] }],
    ['issues and a value', { issues: [{}], value: {} }],
    ['a list', { value: [] }],
  ])('is a refusal: %s', async (_, result) => {
    const server = await AuthorizationServer.start();
    const validate = (): never => result as never;
    const api = await startProtectedApi({
      issuer: server.issuer,
      claimsSchema: { '~standard': { version: 1, validate } },
    });
    expectRefused(await api.get('/', await server.sign()));
    await api.close();
    await server.stop();
  });
});

describe('hooks that answer at once', () => {
  it('cost no timer', async () => {
    const server = await AuthorizationServer.start();
    const asked: AccessToken[] = [];
    const api = await startProtectedApi({
      issuer: server.issuer,
      audience,
      isRevoked: () => false,
      onValidated: (token) => asked.push(token),
    });
    const token = await server.sign();
    for (let i = 0; i < 2; i += 1) expect((await api.get('/', token)).status).toBe(200);
    const timers = jest.spyOn(globalThis, 'setTimeout');
    expect((await api.get('/', token)).status).toBe(200);
    expect(timers.mock.calls.filter(([, ms]) => ms === 10_000)).toEqual([]);
    expect(asked).toHaveLength(3);
    jest.restoreAllMocks();
    await api.close();
    await server.stop();
  });
});
