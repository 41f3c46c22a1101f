import { createHash } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import fc from 'fast-check';
import {
  AccessTokenError,
  ClientTokenService,
  KeyvUserTokenStore,
  runAs,
  TokenClientModule,
  type TokenClientModuleOptions,
  UserReferenceError,
  UserTokenService,
} from 'nestjs-access-tokens';
import { KeyRing } from '../../lib/replicas/key-ring.js';
import { TestClock } from '../support/clock.js';
import { AtomicStore } from '../support/shared-store.js';
import { edited, edits, flipped } from './grammars/edits.js';
import { tamper, tampering } from './grammars/store-tampering.js';
import { meaningOf, meaningOfForm, wish, type Wish } from './grammars/wishes.js';
import { fuzz } from './support/fuzz.js';
import { expectOurs } from './support/invariants.js';
import { type ScriptedRequest, ScriptedServer, jsonAnswer } from './support/scripted-server.js';
import { seed } from './support/settings.js';
import { WatchingLogger } from './support/watching.logger.js';

const keyFor = (name: string): string =>
  createHash('sha256').update(`${seed} ${name}`).digest('base64');
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const USERS = ['alice', 'bob', 'carol'];

it('sealed values open where they were sealed, as they were, and by nothing else', async () => {
  const [ring, other] = [new KeyRing([keyFor('one')]), new KeyRing([keyFor('other')])];
  const text = fc.string({ maxLength: 50 });
  const value = fc.record({
    text,
    place: text,
    elsewhere: text,
    edits: edits(),
    bit: fc.nat(4_000),
  });
  const values = fc.array(value, { minLength: 10, maxLength: 30 });
  const check = (
    all: readonly {
      text: string;
      place: string;
      elsewhere: string;
      edits: Parameters<typeof edited>[1];
      bit: number;
    }[],
  ): number => {
    for (const one of all) {
      const sealed = ring.seal(one.text, one.place);
      const [version, id, payload = ''] = sealed.split('.');
      const turned = [
        version,
        id,
        flipped(Buffer.from(payload, 'base64url'), one.bit).toString('base64url'),
      ].join('.');
      const changedText = edited(sealed, one.edits);
      if (ring.open(sealed, one.place) !== one.text) throw new Error('does not open');
      if (changedText !== sealed && ring.open(changedText, one.place) !== undefined)
        throw new Error(`opened ${changedText}`);
      if (ring.open(turned, one.place) !== undefined) throw new Error(`opened ${turned}`);
      if (one.elsewhere !== one.place && ring.open(sealed, one.elsewhere) !== undefined)
        throw new Error('opened elsewhere');
      if (other.open(sealed, one.place) !== undefined) throw new Error('opened by another key');
      if (ring.seal(one.text, one.place) === sealed) throw new Error('sealed the same way twice');
    }
    return all.length;
  };
  await fuzz('sealed values', values, check, 0.25);
});

describe('references to users that are sealed', () => {
  const clock = new TestClock();
  const users = (name: string, clientId = 'web') => {
    const encryptionKeys = [keyFor(name)];
    const options = {
      tokenEndpoint: 'https://id.example.com/token',
      clientId,
      clientSecret: 'the-secret-of-the-client',
      clock,
      encryptionKeys,
      clients: {},
    };
    return NestFactory.createApplicationContext(
      { module: class {}, imports: [TokenClientModule.forRoot(options)] },
      { logger: new WatchingLogger(/user-reference\.v1/) },
    );
  };
  let apps: INestApplicationContext[];

  beforeAll(async () => {
    apps = [await users('one'), await users('other'), await users('one', 'other')];
  });

  afterAll(() => Promise.all(apps.map((app) => app.close())));

  it('open for what they were sealed for, as they were, and in no other way', async () => {
    const text = fc.string({ minLength: 1, maxLength: 30 });
    const reference = fc.record({
      key: text,
      issuer: fc.option(text, { nil: undefined }),
      subject: fc.option(text, { nil: undefined }),
    });
    const cases = fc.record({
      user: reference,
      purpose: text,
      elsewhere: text,
      life: fc.integer({ min: 1, max: 100_000 }),
      edits: edits(),
      bit: fc.nat(4_000),
      other: fc.oneof(fc.anything(), text, reference),
    });
    const [own, otherKeys, otherClient] = apps.map((app) => app.get(UserTokenService)) as [
      UserTokenService,
      UserTokenService,
      UserTokenService,
    ];
    await fuzz(
      'sealed references',
      fc.array(cases, { minLength: 5, maxLength: 20 }),
      (all) => {
        for (const { user, purpose, elsewhere, life, ...changes } of all) {
          const sealed = own.sealReference({ user, purpose, expiresInSeconds: life });
          const refuse = (changed: unknown, by = own, wanted = purpose): void =>
            expectRefused(() => by.openReference(changed as string, { purpose: wanted }), changed);
          expect(own.openReference(sealed, { purpose })).toEqual(user);
          const parts = sealed.split('.');
          const payload = Buffer.from(parts.pop() ?? '', 'base64url');
          const turned = flipped(payload, changes.bit).toString('base64url');
          for (const near of [edited(sealed, changes.edits), [...parts, turned].join('.')])
            if (near !== sealed) refuse(near);
          refuse(changes.other);
          refuse(sealed.slice('user-reference.'.length));
          refuse(sealed, otherKeys);
          refuse(sealed, otherClient);
          if (elsewhere !== purpose) refuse(sealed, own, elsewhere);
          clock.advance({ ms: life * 1000 });
          refuse(sealed);
        }
        return all.length;
      },
      0.25,
    );
  });

  function expectRefused(open: () => unknown, text: unknown): void {
    try {
      open();
    } catch (error) {
      expectOurs(error);
      expect(error).toBeInstanceOf(UserReferenceError);
      return;
    }
    throw new Error(`opened ${String(text)}`);
  }
});

describe('what replicas share', () => {
  const clock = new TestClock();
  const store = new AtomicStore(clock);
  const logger = new WatchingLogger(/(?:own|at|rt)\.[\w-]+\.\d+/);
  let server: ScriptedServer;
  let sharing: INestApplicationContext;
  let alone: INestApplicationContext;
  let count = 0;

  beforeAll(async () => {
    server = await ScriptedServer.start(grant);
    // What is at hand has to make room for what is read from the store.
    sharing = await start({
      maxCachedTokens: 1,
      tokenCache: store,
      userTokenStore: new KeyvUserTokenStore(store),
      encryptionKeys: [keyFor('one')],
    });
    alone = await start({ maxCachedTokens: 500 });
  });

  afterAll(async () => {
    await Promise.all([sharing.close(), alone.close()]);
    await server.stop();
  });

  it('is given out for what it was asked for, whatever is done to the store', async () => {
    const cases = fc.record({ wishes: fc.array(wish, { minLength: 1, maxLength: 6 }), tampering });
    await fuzz(
      'wishes over a store that others write to',
      cases,
      async ({ wishes, tampering: how }) => {
        for (const user of USERS) await signIn(user);
        for (const one of wishes) await expectOwn(sharing, one);
        tamper(store.rows, how);
        // The other way round, as the last one is at hand.
        for (const one of wishes) await expectOwn(sharing, one);
        for (const user of USERS) await expectOfUser(user);
        logger.expectClean();
        store.operations.length = 0;
        store.rows.clear();
        clock.advance({ minutes: 10 });
        return 2 * wishes.length + USERS.length;
      },
    );
  });

  it('has a name of its own for each thing that can be asked for', async () => {
    const wishes = fc.array(wish, { minLength: 2, maxLength: 8 });
    await fuzz(
      'keys of tokens',
      wishes,
      async (all) => {
        for (const one of all) await expectOwn(alone, one);
        return all.length;
      },
      0.5,
    );
  });

  function start(more: Partial<TokenClientModuleOptions>): Promise<INestApplicationContext> {
    const baseURL = 'https://api.example.com';
    const tokenClients = TokenClientModule.forRoot({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret: 'the-secret-of-the-client',
      clock,
      clients: { own: { baseURL }, mail: { baseURL, token: 'user' } },
      ...more,
    });
    return NestFactory.createApplicationContext(
      { module: class {}, imports: [tokenClients] },
      { logger },
    );
  }

  function signIn(user: string): Promise<unknown> {
    const tokens = {
      accessToken: `at.${user}.${++count}`,
      refreshToken: `rt.${user}.${++count}`,
      expiresInSeconds: 300,
    };
    return sharing.get(UserTokenService).store(tokens, user);
  }

  /** What the token is for is written in it. */
  async function expectOwn(app: INestApplicationContext, one: Wish): Promise<void> {
    const { accessToken } = await app.get(ClientTokenService).getToken('own', { ...one });
    expect(accessToken.split('.')[1]).toBe(hashOf(meaningOf(one)));
  }

  async function expectOfUser(user: string): Promise<void> {
    try {
      const { accessToken } = await runAs(user, () =>
        sharing.get(UserTokenService).getToken('mail'),
      );
      expect(accessToken.split('.')[1]).toBe(user);
    } catch (error) {
      if (!(error instanceof AccessTokenError)) throw error;
      expectOurs(error);
      expect(['reauthentication_required', 'no_user', 'user_token_store_failed']).toContain(
        error.code,
      );
    }
  }

  function grant({ body }: ScriptedRequest) {
    const form = new URLSearchParams(body);
    const owner = form.get('refresh_token')?.split('.')[1];
    const access_token = owner
      ? `at.${owner}.${++count}`
      : `own.${hashOf(meaningOfForm(form))}.${++count}`;
    return jsonAnswer({
      access_token,
      token_type: 'Bearer',
      expires_in: 300,
      ...(owner && { refresh_token: `rt.${owner}.${++count}` }),
    });
  }
});
