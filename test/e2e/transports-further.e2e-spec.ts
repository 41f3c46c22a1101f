import { Controller, Injectable, Scope, UseGuards } from '@nestjs/common';
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
  Public,
  RequireScope,
} from 'nestjs-access-tokens';
import { lastValueFrom } from 'rxjs';
import { type RunningApp, startApp } from '../support/app.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { audience } from '../support/protected-api.js';
import { IoClient } from '../support/sockets.js';

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

  const REFUSED = expect.objectContaining({ message: 'Forbidden resource' });

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
