import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { All, Controller, Get, Injectable, Post, Req, Res } from '@nestjs/common';
import session, { MemoryStore } from 'express-session';
import {
  JwtAuthModule,
  MemoryUserTokenStore,
  OptionalAuth,
  Public,
  TokenClientModule,
  UserTokenService,
} from 'nestjs-access-tokens';
import { startApp, type RunningApp } from '../support/app.js';
import { AuthorizationServer } from '../support/authorization-server.js';

const FRONT = 'https://api.example.com';
const BACK = 'https://back.example.com';

/** Who has seen whom, in order. */
let seen: string[] = [];
let back: RunningApp;

@Injectable()
abstract class Watching {
  constructor(protected readonly users: UserTokenService) {}

  protected note(where: string): void {
    seen.push(`${where}: ${this.users.currentUser()?.subject ?? 'nobody'}`);
  }
}

@Controller()
@OptionalAuth()
class FrontController extends Watching {
  @Post('enter')
  async enter() {
    const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
    const idToken = `${part({ alg: 'none' })}.${part({ iss: 'https://id', sub: 'carol' })}.x`;
    await this.users.store({ accessToken: 'token', idToken, expiresInSeconds: 300 });
    return {};
  }

  @All(['back/{*path}'])
  guarded(@Req() request: object, @Res() response: ServerResponse) {
    return this.pass(request, response);
  }

  @All(['open-to-back/{*path}'])
  @Public()
  open(@Req() request: object, @Res() response: ServerResponse) {
    return this.pass(request, response);
  }

  /** To the other application of this process. */
  private async pass(request: object, response: ServerResponse): Promise<void> {
    this.note('front before');
    const done = once(response, 'finish');
    const handle: unknown = back.app.getHttpAdapter().getInstance();
    if (typeof handle === 'function') Reflect.apply(handle, undefined, [request, response]);
    await done;
    this.note('front after');
  }
}

@Controller()
class BackController extends Watching {
  @Get('{*prefix}/public')
  @Public()
  public() {
    this.note('back');
    return {};
  }

  @Get('{*prefix}/optional')
  @OptionalAuth()
  optional() {
    this.note('back');
    return {};
  }
}

/** One hands the requests of Express to the other, as gateways of several applications do. */
describe('two applications in one process', () => {
  let server: AuthorizationServer;
  let front: RunningApp;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  beforeEach(() => (seen = []));

  afterEach(() => Promise.all([front.close(), back.close()]));

  afterAll(() => server.stop());

  /** @param aware whether the one behind has anything of its own that makes it look at requests */
  async function start(aware: boolean) {
    const modules = (clientId: string, audience: string, userTokenStore?: MemoryUserTokenStore) => [
      JwtAuthModule.forRoot({ issuer: server.issuer, audience }),
      TokenClientModule.forRoot({
        issuer: server.issuer,
        clientId,
        clientSecret: 'secret',
        ...(userTokenStore && { userTokenStore }),
      }),
    ];
    back = await startApp({
      imports: modules('back', BACK, aware ? new MemoryUserTokenStore() : undefined),
      controllers: [BackController],
    });
    front = await startApp({
      imports: modules('front', FRONT, new MemoryUserTokenStore()),
      controllers: [FrontController],
      configure: (app) => {
        const store = new MemoryStore();
        app.use(session({ secret: 's', store, resave: false, saveUninitialized: false }));
      },
    });
  }

  const token = (sub: string, aud: string) =>
    server.sign({ sub, aud, client_id: 'web', auth_time: 1 });

  describe.each([true, false])('of which the one behind has users of its own: %s', (aware) => {
    beforeEach(() => start(aware));

    it('do not know whose token the other has verified', async () => {
      const { status } = await front.get('/back/public', await token('alice', FRONT));
      expect(status).toBe(200);
      expect(seen).toEqual(['front before: alice', 'back: nobody', 'front after: alice']);
    });

    it('do not learn it from the one behind either', async () => {
      const { status } = await front.get('/open-to-back/optional', await token('bob', BACK));
      expect(status).toBe(200);
      expect(seen).toEqual([
        'front before: nobody',
        `back: ${aware ? 'bob' : 'nobody'}`,
        'front after: nobody',
      ]);
    });

    it('do not know who is signed in to the session of the other', async () => {
      const entered = await fetch(`${front.url}/enter`, { method: 'POST' });
      const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
      await front.get('/back/public', undefined, { cookie });
      expect(seen).toEqual(['front before: carol', 'back: nobody', 'front after: carol']);
    });
  });
});
