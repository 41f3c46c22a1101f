import { Controller, Get, Injectable, Module, Scope, UseGuards } from '@nestjs/common';
import { EventPattern, MessagePattern, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  AccessAudit,
  JwtAuthGuard,
  JwtAuthModule,
  type JwtAuthOptions,
  OptionalAuth,
  Public,
  RequireScope,
} from 'nestjs-access-tokens';
import { type AppParts, type RunningApp, startApp } from '../../support/app.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import {
  connectTcp,
  FORBIDDEN,
  MessageClient,
  portOf,
  SocketClient,
} from '../../support/messages.js';
import { audience } from '../../support/protected-api.js';

const options = { issuer: 'http://127.0.0.1:1', audience };
const auth = (more: Partial<JwtAuthOptions> = {}) => JwtAuthModule.forRoot({ ...options, ...more });

const events: string[] = [];

@Controller('mixed')
class MixedController {
  @Get()
  @Public()
  route() {
    return { route: true };
  }

  @MessagePattern('plain')
  plain() {
    return 'LEAKED';
  }

  @MessagePattern({ cmd: 'scoped', v: 1 })
  @RequireScope('a')
  scoped() {
    return 'LEAKED';
  }

  @MessagePattern('optional')
  @OptionalAuth()
  optional() {
    return 'LEAKED';
  }

  @MessagePattern('open')
  @Public()
  open() {
    return 'open';
  }

  @EventPattern('happened')
  happened(_data: unknown) {
    events.push('LEAKED');
  }

  @EventPattern('openly happened')
  @Public()
  openlyHappened(_data: unknown) {
    events.push('open');
  }
}

/** What Nest calls is on the instance. */
@Controller()
class BoundController {
  constructor() {
    this.bound = this.bound.bind(this);
  }

  @MessagePattern('bound')
  bound() {
    return 'LEAKED';
  }
}

@Controller({ scope: Scope.REQUEST })
class ScopedController {
  @MessagePattern('request-scoped')
  scoped() {
    return 'LEAKED';
  }

  @MessagePattern('open and request-scoped')
  @Public()
  open() {
    return 'open';
  }
}

class BaseController {
  @MessagePattern('inherited')
  inherited() {
    return 'LEAKED';
  }
}

@Controller()
@UseGuards({ canActivate: () => true })
class DerivedController extends BaseController {}

@Module({ controllers: [DerivedController] })
class LateModule {
  static register() {
    return { module: LateModule };
  }
}

const controllers = [MixedController, BoundController, ScopedController];
const CLOSED = [
  'plain',
  { cmd: 'scoped', v: 1 },
  'optional',
  'bound',
  'request-scoped',
  'inherited',
];

/** The module may come before or after those whose handlers it guards. */
const orders: [string, (more?: Partial<JwtAuthOptions>) => AppParts][] = [
  [
    'first',
    (more) => ({
      imports: [auth(more), LateModule.register()],
      controllers,
    }),
  ],
  [
    'last',
    (more) => ({
      imports: [LateModule.register(), auth(more)],
      controllers,
    }),
  ],
];

async function outcomes(client: MessageClient): Promise<unknown[]> {
  return Promise.all(CLOSED.map((pattern) => client.send(pattern)));
}

beforeEach(() => events.splice(0));

describe.each(orders)('messages of a microservice, the module imported %s', (_, parts) => {
  it.each([undefined, false, true])(
    'are refused in a hybrid application unless they are @Public(), inheritAppConfig: %s',
    async (inheritAppConfig) => {
      let client: MessageClient | undefined;
      const app = await startApp({
        ...parts(),
        configure: async (nest) => {
          client = await connectTcp(
            nest,
            inheritAppConfig === undefined ? {} : { inheritAppConfig },
          );
        },
      });
      expect(await outcomes(client!)).toEqual(CLOSED.map(() => FORBIDDEN));
      expect(await client!.send('open')).toBe('open');
      expect(await client!.send('open and request-scoped')).toBe('open');
      await client!.emit('happened');
      await client!.emit('openly happened');
      expect(events).toEqual(['open']);
      expect((await app.get('/mixed')).body).toEqual({ route: true });
      await client!.close();
      await app.close();
    },
  );

  it('are refused when the microservice is connected after the application has been initialized', async () => {
    const app = await startApp(parts());
    const client = await connectTcp(app.app);
    expect(await outcomes(client)).toEqual(CLOSED.map(() => FORBIDDEN));
    expect(await client.send('open')).toBe('open');
    await client.close();
    await app.close();
  });

  it('are refused where there is nothing but the microservice', async () => {
    const module = await Test.createTestingModule(parts()).compile();
    const microservice = module.createNestMicroservice({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: 0 },
    });
    microservice.useLogger(false);
    await microservice.listen();
    const client = new MessageClient(portOf(microservice));
    expect(await outcomes(client)).toEqual(CLOSED.map(() => FORBIDDEN));
    expect(await client.send('open')).toBe('open');
    await client.close();
    await microservice.close();
  });
});

describe("messages of a microservice with protect: 'decorated'", () => {
  it('are refused where a decorator stands, and left alone elsewhere', async () => {
    const app = await startApp({ imports: [auth({ protect: 'decorated' })], controllers });
    const client = await connectTcp(app.app);
    expect(await client.send({ cmd: 'scoped', v: 1 })).toEqual(FORBIDDEN);
    expect(await client.send('plain')).toBe('LEAKED');
    const { routes } = app.app.get(AccessAudit);
    expect(
      routes
        .filter(({ controller, kind }) => controller === 'MixedController' && kind === 'rpc')
        .map(({ path, access }) => [path, access]),
    ).toEqual([
      ['plain', 'unguarded'],
      ['{"cmd":"scoped","v":1}', 'required'],
      ['optional', 'optional'],
      ['open', 'public'],
      ['happened', 'unguarded'],
      ['openly happened', 'public'],
    ]);
    await client.close();
    await app.close();
  });
});

describe('applications that share a class in one process', () => {
  it('all have to agree while they run', async () => {
    const strict = await startApp({ imports: [auth()], controllers });
    const lax = await startApp({ imports: [auth({ protect: 'decorated' })], controllers });
    const client = await connectTcp(lax.app);
    expect(await client.send('plain')).toEqual(FORBIDDEN);
    await strict.close();
    expect(await client.send('plain')).toBe('LEAKED');
    await client.close();
    await lax.close();
  });

  it('leave an application without the module alone once they have ended', async () => {
    const before = await startApp({ imports: [auth()], controllers });
    await before.close();
    const without = await startApp({ controllers: [BoundController] });
    const client = await connectTcp(without.app);
    expect(await client.send('bound')).toBe('LEAKED');
    await client.close();
    await without.close();
  });
});

@WebSocketGateway({ path: '/ws' })
class Gateway {
  @SubscribeMessage('plain')
  plain() {
    return { event: 'plain', data: 'LEAKED' };
  }

  @SubscribeMessage('scoped')
  @RequireScope('a')
  scoped() {
    return { event: 'scoped', data: 'LEAKED' };
  }

  @SubscribeMessage('guarded')
  @UseGuards(JwtAuthGuard)
  guarded() {
    return { event: 'guarded', data: 'LEAKED' };
  }

  @SubscribeMessage('open')
  @Public()
  open() {
    return { event: 'open', data: 'open' };
  }
}

@Injectable()
class NoGateway {
  @SubscribeMessage('never bound')
  never() {}
}

describe('messages of a gateway', () => {
  let app: RunningApp;
  const logger = new MemoryLogger();

  beforeAll(async () => {
    app = await startApp({
      imports: [auth()],
      providers: [Gateway, NoGateway],
      configure: (nest) => {
        nest.useWebSocketAdapter(new WsAdapter(nest));
        nest.useLogger(logger);
      },
    });
  });

  afterAll(() => app.close());

  it('are refused unless they are @Public(), and told once for each handler', async () => {
    const client = await SocketClient.open(`${app.url}/ws`);
    const sent = ['plain', 'scoped', 'guarded', 'plain', 'plain', 'scoped', 'open'];
    const answers = await client.ask(...sent);
    expect(answers.at(-1)).toEqual({ event: 'open', data: 'open' });
    expect(JSON.stringify(answers)).not.toContain('LEAKED');
    client.close();
    expect(logger.lines.filter((line) => line.includes('was refused'))).toEqual(
      ['plain', 'scoped', 'guarded'].map(
        (name) =>
          `warn [JwtAuthModule] Gateway.${name} was refused: access tokens are read from HTTP requests only, not from ws. Mark it @Public() if it is protected by other means. This is told once for each handler.`,
      ),
    );
  });

  it('are in the audit, and the start tells that they are closed', () => {
    const { routes } = app.app.get(AccessAudit);
    expect(
      routes.map(({ kind, method, path, access, declared }) => [
        kind,
        method,
        path,
        access,
        declared,
      ]),
    ).toEqual([
      ['ws', 'MESSAGE', 'plain', 'required', false],
      ['ws', 'MESSAGE', 'scoped', 'required', true],
      ['ws', 'MESSAGE', 'guarded', 'required', true],
      ['ws', 'MESSAGE', 'open', 'public', true],
    ]);
    expect(
      logger.lines.filter((line) => line.includes('4 handlers') || line.includes('closed')),
    ).toEqual([
      'log [JwtAuthModule] Access to 4 handlers (4 WebSocket): 3 required, 1 public; 1 without an access decorator',
      'warn [JwtAuthModule] 3 handlers (3 WebSocket) are closed: access tokens are read from HTTP requests only. Mark with @Public() what is protected by other means.',
    ]);
  });
});

describe("a hybrid application with protect: 'decorated'", () => {
  @Controller()
  class ReplacedController {
    constructor() {
      this.bound = this.bound.bind(this);
      this.free = this.free.bind(this);
    }

    @MessagePattern('bound')
    @RequireScope('a')
    bound() {
      return 'LEAKED';
    }

    @MessagePattern('free')
    free() {
      return 'free';
    }
  }

  it('refuses what is decorated also where the instance has another function, and leaves the rest alone', async () => {
    const app = await startApp({
      imports: [auth({ protect: 'decorated' })],
      controllers: [ReplacedController],
    });
    const client = await connectTcp(app.app);
    expect(await client.send('bound')).toEqual(FORBIDDEN);
    expect(await client.send('free')).toBe('free');
    await client.close();
    await app.close();
  });
});
