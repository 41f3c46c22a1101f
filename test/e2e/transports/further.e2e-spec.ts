import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Scope,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { ExternalContextCreator, LazyModuleLoader } from '@nestjs/core';
import {
  type CustomTransportStrategy,
  EventPattern,
  type MessageHandler,
  MessagePattern,
  Server,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  AccessAudit,
  JwtAuthGuard,
  JwtAuthModule,
  type JwtAuthOptions,
  OptionalAuth,
  Public,
  RequireScope,
} from 'nestjs-access-tokens';
import { lastValueFrom } from 'rxjs';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience } from '../../support/protected-api.js';
import { IoClient } from '../../support/sockets.js';

const options = { issuer: 'http://127.0.0.1:1', audience };
const auth = (more: Partial<JwtAuthOptions> = {}) => JwtAuthModule.forRoot({ ...options, ...more });

describe('messages of gateways over socket.io', () => {
  const connected: string[] = [];

  @WebSocketGateway()
  class Gateway implements OnGatewayConnection {
    replaced: () => string;

    constructor() {
      this.bound = this.bound.bind(this);
      this.openBound = this.openBound.bind(this);
      this.replaced = () => 'LEAKED';
    }

    handleConnection() {
      connected.push('Gateway');
    }

    @SubscribeMessage('plain')
    plain() {
      return 'LEAKED';
    }

    @SubscribeMessage('scoped')
    @RequireScope('a')
    scoped() {
      return 'LEAKED';
    }

    @SubscribeMessage('bound')
    bound() {
      return 'LEAKED';
    }

    @SubscribeMessage('open and bound')
    @Public()
    openBound() {
      return 'open';
    }

    @SubscribeMessage('open')
    @Public()
    open(@MessageBody() data: unknown) {
      return data;
    }
  }
  // What stands in for a method on the instance is declared as one on the class.
  Object.defineProperty(Gateway.prototype, 'replaced', { value: () => 'LEAKED' });
  SubscribeMessage('replaced')(Gateway.prototype, 'replaced', {
    value: Gateway.prototype.replaced,
  });

  class BaseGateway {
    @SubscribeMessage('inherited')
    inherited() {
      return 'LEAKED';
    }

    @SubscribeMessage('open and inherited')
    @Public()
    open() {
      return 'open';
    }
  }

  @WebSocketGateway({ namespace: 'orders' })
  @UseGuards({ canActivate: () => true })
  class OrdersGateway extends BaseGateway {
    @SubscribeMessage('plain')
    plain() {
      return 'LEAKED';
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  @WebSocketGateway({ namespace: 'scoped' })
  class RequestScopedGateway {
    @SubscribeMessage('guarded')
    @UseGuards(JwtAuthGuard)
    guarded() {
      return 'LEAKED';
    }

    @SubscribeMessage('plain')
    plain() {
      return 'LEAKED';
    }

    @SubscribeMessage('open')
    @Public()
    open() {
      return 'open';
    }
  }

  @WebSocketGateway({ namespace: 'made' })
  class MadeGateway {
    @SubscribeMessage('plain')
    plain() {
      return 'LEAKED';
    }
  }

  let app: RunningApp;
  const logger = new MemoryLogger();

  beforeAll(async () => {
    app = await startApp({
      imports: [
        auth(),
        {
          module: class {},
          providers: [{ provide: 'made by a factory', useFactory: () => new MadeGateway() }],
        },
      ],
      providers: [Gateway, OrdersGateway, RequestScopedGateway],
      configure: (nest) => nest.useLogger(logger),
    });
  });

  afterAll(() => app.close());

  const exception = (pattern: string) => ({
    exception: {
      status: 'error',
      message: 'Forbidden resource',
      cause: { pattern, data: { authorization: 'x' } },
    },
  });

  it.each([
    ['', ['plain', 'scoped', 'bound', 'replaced', 'plain'], ['open', 'open and bound']],
    ['/orders', ['plain', 'inherited'], ['open and inherited']],
    ['/scoped', ['plain', 'guarded'], ['open']],
  ])(
    'are refused without an acknowledgement unless they are @Public(), namespace %p',
    async (namespace, closed, open) => {
      const client = await IoClient.open(app.url + namespace);
      for (const event of closed)
        expect(await client.ask(event, { authorization: 'x' })).toEqual(exception(event));
      for (const event of open) expect(await client.ask(event, 'open')).toEqual({ ack: 'open' });
      client.close();
    },
  );

  it('are told once for each handler, and leave the connection to everybody', () => {
    expect(connected).toEqual(['Gateway']);
    expect(
      logger.lines.filter((line) => line.includes('was refused')).map((line) => line.split(' ')[2]),
    ).toEqual([
      'Gateway.plain',
      'Gateway.scoped',
      'Gateway.bound',
      'Gateway.replaced',
      'OrdersGateway.plain',
      'OrdersGateway.inherited',
      'RequestScopedGateway.plain',
      'RequestScopedGateway.guarded',
    ]);
    expect(logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('are in the audit, but for those that Nest does not subscribe to as a factory made the gateway', () => {
    const { routes } = app.app.get(AccessAudit);
    expect(routes.map(({ controller, path, access }) => [controller, path, access])).toEqual([
      ['Gateway', 'plain', 'required'],
      ['Gateway', 'scoped', 'required'],
      ['Gateway', 'bound', 'required'],
      ['Gateway', 'open and bound', 'public'],
      ['Gateway', 'open', 'public'],
      ['Gateway', 'replaced', 'required'],
      ['OrdersGateway', 'plain', 'required'],
      ['OrdersGateway', 'inherited', 'required'],
      ['OrdersGateway', 'open and inherited', 'public'],
      ['RequestScopedGateway', 'guarded', 'required'],
      ['RequestScopedGateway', 'plain', 'required'],
      ['RequestScopedGateway', 'open', 'public'],
    ]);
  });
});

describe('a decorator on what a gateway does with connections', () => {
  @WebSocketGateway()
  class ScopedConnections {
    @RequireScope('a')
    handleConnection() {}
  }

  @WebSocketGateway()
  class GuardedConnections {
    @UseGuards(JwtAuthGuard)
    handleConnection() {}

    @OptionalAuth()
    handleDisconnect() {}
  }

  @WebSocketGateway()
  @RequireScope('a')
  class ScopedGateway {
    @Public()
    handleConnection() {}
  }

  it.each(['everything', 'decorated'] as const)(
    'fails the start, as it would be without effect, protect: %s',
    async (protect) => {
      const providers = [ScopedConnections, GuardedConnections, ScopedGateway];
      await expect(startApp({ imports: [auth({ protect })], providers })).rejects.toMatchObject({
        problems: [
          'ScopedConnections.handleConnection',
          'GuardedConnections.handleConnection',
          'GuardedConnections.handleDisconnect',
        ].map((name) =>
          expect.stringContaining(
            `${name} has a decorator which would be without effect: Nest runs no guards when somebody connects.`,
          ),
        ),
      });
    },
  );
});

const REFUSED = expect.objectContaining({ message: 'Forbidden resource' });

/** A broker in this process: topics, where `*` is one word of a pattern. */
class Broker extends Server implements CustomTransportStrategy {
  listen(callback: () => void): void {
    callback();
  }

  close(): void {}

  on(): void {}

  unwrap(): never {
    throw new Error('there is nothing beneath');
  }

  /** What all the handlers of a topic answer: nothing for events. */
  async deliver(topic: string, data: unknown = {}): Promise<unknown[]> {
    const handlers = [...this.messageHandlers]
      .filter(([pattern]) => matches(pattern, topic))
      .map(([, handler]) => handler);
    return Promise.all(handlers.map((handler) => this.call(handler, data)));
  }

  private async call(handler: MessageHandler, data: unknown): Promise<unknown> {
    const answer = this.transformToObservable(await handler(data, { topic: 'context' }));
    return lastValueFrom(answer, { defaultValue: undefined }).catch((error: unknown) => error);
  }
}

function matches(pattern: string, topic: string): boolean {
  const words = topic.split('.');
  const wanted = pattern.split('.');
  return (
    words.length === wanted.length &&
    wanted.every((word, index) => word === '*' || word === words[index])
  );
}

describe("messages over a transport of the application's own", () => {
  const events: string[] = [];
  const transport = Symbol('broker');

  @Controller()
  class Topics {
    @MessagePattern('orders.find')
    find() {
      return 'LEAKED';
    }

    @MessagePattern('orders.open', transport)
    @Public()
    open() {
      return 'open';
    }

    @MessagePattern(['orders.*.pay', 'orders.*.cancel'])
    @RequireScope('a')
    pay() {
      return 'LEAKED';
    }

    @EventPattern('orders.*')
    any(_data: unknown) {
      events.push('LEAKED');
    }

    @EventPattern('*.paid')
    @Public()
    paid(_data: unknown) {
      events.push('first');
    }

    @EventPattern('*.paid')
    paidToo(_data: unknown) {
      events.push('LEAKED');
    }

    @EventPattern('*.paid')
    @Public()
    paidAgain(_data: unknown) {
      events.push('third');
    }
  }

  const logger = new MemoryLogger();

  beforeEach(() => {
    events.splice(0);
    logger.lines.splice(0);
  });

  async function check(broker: Broker): Promise<void> {
    expect(await broker.deliver('orders.find')).toEqual([REFUSED, expect.anything()]);
    expect(await broker.deliver('orders.1.pay')).toEqual([REFUSED]);
    expect(await broker.deliver('orders.2.cancel')).toEqual([REFUSED]);
    expect((await broker.deliver('orders.open'))[0]).toBe('open');
    await broker.deliver('orders.paid');
    expect(events).toEqual(['first', 'third']);
    expect(
      logger.lines.filter((line) => line.includes('was refused')).map((line) => line.split(' ')[2]),
    ).toEqual(['Topics.find', 'Topics.any', 'Topics.pay', 'Topics.paidToo']);
    expect(logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  }

  it.each([false, true])(
    'are refused in a hybrid application unless they are @Public(), inheritAppConfig: %s',
    async (inheritAppConfig) => {
      const broker = new Broker();
      const app = await startApp({
        imports: [auth()],
        controllers: [Topics],
        configure: async (nest) => {
          nest.useLogger(logger);
          nest.connectMicroservice({ strategy: broker }, { inheritAppConfig });
          await nest.startAllMicroservices();
        },
      });
      await check(broker);
      expect(
        app.app
          .get(AccessAudit)
          .routes.map(({ kind, method, path, access }) => [kind, method, path, access]),
      ).toEqual([
        ['rpc', 'MESSAGE', 'orders.find', 'required'],
        ['rpc', 'MESSAGE', 'orders.open', 'public'],
        ['rpc', 'MESSAGE', 'orders.*.pay', 'required'],
        ['rpc', 'MESSAGE', 'orders.*.cancel', 'required'],
        ['rpc', 'EVENT', 'orders.*', 'required'],
        ['rpc', 'EVENT', '*.paid', 'public'],
        ['rpc', 'EVENT', '*.paid', 'required'],
        ['rpc', 'EVENT', '*.paid', 'public'],
      ]);
      await app.close();
    },
  );

  it('are refused where there is nothing but the microservice', async () => {
    const broker = new Broker();
    const module = await Test.createTestingModule({
      imports: [auth()],
      controllers: [Topics],
    }).compile();
    const microservice = module.createNestMicroservice({ strategy: broker });
    microservice.useLogger(logger);
    await microservice.listen();
    await check(broker);
    await microservice.close();
  });
});

/** Adds a handler to a class, as libraries do that make handlers from a description. */
function addHandler(type: Type, name: string, decorator: MethodDecorator): void {
  const value = () => 'LEAKED';
  const descriptor = { value, writable: true, configurable: true };
  Object.defineProperty(type.prototype, name, descriptor);
  decorator(type.prototype, name, descriptor);
}

function listed(app: RunningApp): string[] {
  const { routes } = app.app.get(AccessAudit);
  return routes.map(({ kind, controller, path, access }) =>
    [kind, controller, path, access].join(' '),
  );
}

describe('handlers that a provider adds while the application is made', () => {
  function parts(more: Partial<JwtAuthOptions> = {}) {
    @Controller('late')
    class LateController {}

    @WebSocketGateway({ namespace: 'late' })
    class LateGateway {}

    @Injectable()
    class Describer {
      constructor(@Inject(AccessAudit) readonly made: AccessAudit) {
        addHandler(LateController, 'route', Get('route'));
        addHandler(LateController, 'message', MessagePattern('message'));
        addHandler(LateGateway, 'subscribed', SubscribeMessage('subscribed'));
      }
    }

    @Module({ providers: [Describer] })
    class DescriberModule {}

    return {
      imports: [auth(more), DescriberModule],
      controllers: [LateController],
      providers: [LateGateway],
    };
  }

  it('are refused and in the audit, however late', async () => {
    const broker = new Broker();
    const app = await startApp({
      ...parts(),
      configure: (nest) => nest.connectMicroservice({ strategy: broker }),
    });
    const client = await IoClient.open(`${app.url}/late`);
    expect(await broker.deliver('message')).toEqual([REFUSED]);
    expect(await client.ask('subscribed')).toEqual({ exception: REFUSED });
    expect((await app.get('/late/route')).status).toBe(401);
    expect(listed(app)).toEqual([
      'http LateController /late/route required',
      'rpc LateController message required',
      'ws LateGateway subscribed required',
    ]);
    client.close();
    await app.close();
  });

  it('are counted by strictCoverage', async () => {
    await expect(startApp(parts({ strictCoverage: true }))).rejects.toMatchObject({
      problems: ['LateController.route', 'LateController.message', 'LateGateway.subscribed'].map(
        (name) => expect.stringContaining(`strictCoverage: ${name} (`),
      ),
    });
  });
});

describe('handlers of a module that is loaded lazily', () => {
  @Controller('lazy')
  class LazyController {
    @Get()
    @Public()
    route() {}

    @MessagePattern('lazy')
    lazy() {
      return 'LEAKED';
    }

    @MessagePattern('open')
    @Public()
    open() {
      return 'open';
    }
  }

  @Module({ controllers: [LazyController] })
  class LazyModule {}

  it('are refused and in the audit where Nest calls them: for a microservice that is connected later', async () => {
    const app = await startApp({ imports: [auth()] });
    await app.app.get(LazyModuleLoader).load(() => LazyModule);
    const broker = new Broker();
    app.app.connectMicroservice({ strategy: broker });
    expect(await broker.deliver('lazy')).toEqual([REFUSED]);
    expect(await broker.deliver('open')).toEqual(['open']);
    expect((await app.get('/lazy')).status).toBe(404);
    expect(listed(app)).toEqual([
      'rpc LazyController lazy required',
      'rpc LazyController open public',
    ]);
    await app.close();
  });

  it('are refused as others are where the module is loaded before the application is initialized', async () => {
    const app = await startApp({
      imports: [auth()],
      configure: (nest) => nest.get(LazyModuleLoader).load(() => LazyModule),
    });
    const broker = new Broker();
    app.app.connectMicroservice({ strategy: broker });
    expect(await broker.deliver('lazy')).toEqual([REFUSED]);
    expect((await app.get('/lazy')).status).toBe(200);
    expect(listed(app)).toEqual([
      'http LazyController /lazy public',
      'rpc LazyController lazy required',
      'rpc LazyController open public',
    ]);
    await app.close();
  });
});

describe.each(platforms)('a microservice whose initialization is deferred, on %s', (platform) => {
  @Controller()
  class EarlyController {
    @MessagePattern('early')
    early() {
      return 'LEAKED';
    }

    @MessagePattern('open')
    @Public()
    open() {
      return 'open';
    }
  }

  async function start() {
    const broker = new Broker();
    const app = await startApp({
      platform,
      imports: [auth()],
      controllers: [EarlyController],
      configure: (nest) =>
        nest.connectMicroservice({ strategy: broker }, { deferInitialization: true }),
    });
    return { app, broker };
  }

  it('is closed as any other one', async () => {
    const { app, broker } = await start();
    await app.app.startAllMicroservices();
    expect(await broker.deliver('early')).toEqual([REFUSED]);
    expect(await broker.deliver('open')).toEqual(['open']);
    await app.close();
  });

  it('does not start where Nest has bound what came meanwhile before it could be guarded', async () => {
    @Controller()
    class MeanwhileController {
      @MessagePattern('meanwhile')
      meanwhile() {
        return 'LEAKED';
      }
    }
    @Module({ controllers: [MeanwhileController] })
    class MeanwhileModule {}

    const { app } = await start();
    await app.app.get(LazyModuleLoader).load(() => MeanwhileModule);
    await expect(app.app.startAllMicroservices()).rejects.toMatchObject({
      problems: [
        'MeanwhileController.meanwhile (meanwhile) cannot be guarded: Nest does not call it on an instance of a class that it knew when it looked for guards. Let Nest make MeanwhileController from its class, in a module that is not loaded lazily.',
      ],
    });
    await app.close();
  });
});

describe('events whose handler is another function on the instance', () => {
  /** Of an instance that lives as long as a message, a guard is not given enough to know its functions. */
  const none =
    'bound happened was refused: the function that Nest calls is none of its class, so it cannot be told which decorators are about it.';

  it.each([
    [Scope.DEFAULT, 'happened was refused: access tokens are read from HTTP requests only'],
    [Scope.TRANSIENT, 'happened was refused: access tokens are read from HTTP requests only'],
    [Scope.REQUEST, none],
  ])('are refused without an error for each of them, scope %p', async (scope, told) => {
    @Controller({ scope })
    class BoundController {
      constructor() {
        this.happened = this.happened.bind(this);
      }

      @EventPattern('happened')
      happened(_data: unknown) {
        throw new Error('LEAKED');
      }

      @MessagePattern('open')
      @Public()
      open() {
        return 'open';
      }
    }
    const logger = new MemoryLogger();
    const broker = new Broker();
    const app = await startApp({
      imports: [auth()],
      controllers: [BoundController],
      configure: (nest) => {
        nest.useLogger(logger);
        nest.connectMicroservice({ strategy: broker });
      },
    });
    await broker.deliver('happened');
    await broker.deliver('happened');
    expect(await broker.deliver('open')).toEqual(['open']);
    expect(logger.lines.filter((line) => /was refused|^error/.test(line))).toEqual([
      expect.stringContaining(`BoundController.${told}`),
    ]);
    await app.close();
  });
});

describe('what a library has Nest call in the name of HTTP', () => {
  @Injectable()
  class Consumer {
    @RequireScope('a')
    consume() {
      return 'LEAKED';
    }

    plain() {
      return 'LEAKED';
    }

    @Public()
    open() {
      return 'open';
    }
  }

  it.each(
    [
      [],
      [null],
      [5],
      ['text'],
      [{}],
      [{ headers: null }],
      [{ headers: { authorization: 'Bearer a.b.c' } }],
      [{ headers: { authorization: 'Bearer a.b.c' } }, 'no response'],
    ].map((input) => ({ input })),
  )('is refused unless it is @Public(): $input', async ({ input }) => {
    const logger = new MemoryLogger();
    const app = await startApp({
      imports: [auth()],
      providers: [Consumer],
      configure: (nest) => nest.useLogger(logger),
    });
    const consumer = app.app.get(Consumer);
    const call = async (name: 'consume' | 'plain' | 'open'): Promise<unknown> => {
      const handler = app.app.get(ExternalContextCreator).create(consumer, consumer[name], name);
      return handler(...input);
    };
    await expect(call('consume')).rejects.toMatchObject({ status: 403 });
    await expect(call('plain')).rejects.toMatchObject({ status: 403 });
    expect(await call('open')).toBe('open');
    expect(logger.lines.filter((line) => /was refused|^error/.test(line))).toEqual(
      ['consume', 'plain'].map((name) =>
        expect.stringContaining(
          `Consumer.${name} was refused: access tokens are read from HTTP requests only, not from what another library has Nest call.`,
        ),
      ),
    );
    await app.close();
  });
});
