import assert from 'node:assert/strict';
import {
  applyDecorators,
  Controller,
  Get,
  Inject,
  Injectable,
  type INestApplication,
  Logger,
  Module,
  Scope,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import {
  type ClientProxy,
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Transport,
} from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  AccessAudit,
  JwtAuthModule,
  type JwtAuthOptions,
  Public,
  RequireScope,
} from 'nestjs-access-tokens';
import { lastValueFrom } from 'rxjs';
import { WebSocket } from 'ws';

/*
 * An application with every kind of handler, run on another major version of Nest than the tests. Nobody brings a
 * token, so nothing but what is @Public() may answer.
 */

const LEAKED = 'LEAKED';
const happened: string[] = [];

@Controller('routes')
class Routes {
  @Get('closed')
  closed() {
    return LEAKED;
  }

  @Get('open')
  @Public()
  open() {
    return 'open';
  }
}

@Controller()
class Messages {
  constructor() {
    this.bound = this.bound.bind(this);
  }

  @MessagePattern('plain')
  plain() {
    return LEAKED;
  }

  @MessagePattern('scoped')
  @RequireScope('a')
  scoped() {
    return LEAKED;
  }

  @MessagePattern('bound')
  bound() {
    return LEAKED;
  }

  @MessagePattern('open')
  @Public()
  open() {
    return 'open';
  }

  @EventPattern('happened')
  happened(_data: unknown) {
    happened.push(LEAKED);
  }

  @EventPattern('openly happened')
  @Public()
  openlyHappened(_data: unknown) {
    happened.push('open');
  }
}

@Controller({ scope: Scope.REQUEST })
class RequestScopedMessages {
  @MessagePattern('request-scoped')
  scoped() {
    return LEAKED;
  }
}

@WebSocketGateway({ path: '/ws' })
class Gateway {
  @SubscribeMessage('plain')
  plain() {
    return { event: 'plain', data: LEAKED };
  }

  @SubscribeMessage('scoped')
  @RequireScope('a')
  scoped() {
    return { event: 'scoped', data: LEAKED };
  }

  @SubscribeMessage('open')
  @Public()
  open() {
    return { event: 'open', data: 'open' };
  }
}

/** Without a handler until the describer is made. */
@Controller()
class LateMessages {}

@WebSocketGateway({ path: '/late' })
class LateGateway {}

function addHandler(type: Type, name: string, decorator: MethodDecorator, data = LEAKED): void {
  const value = () => ({ event: name, data });
  const descriptor = { value, writable: true, configurable: true };
  Object.defineProperty(type.prototype, name, descriptor);
  decorator(type.prototype, name, descriptor);
}

/** Adds handlers to classes while the application is made, once the guards of the others are in place. */
@Injectable()
class Describer {
  constructor(@Inject(AccessAudit) readonly made: AccessAudit) {
    addHandler(LateMessages, 'late', MessagePattern('late'));
    addHandler(LateGateway, 'subscribed', SubscribeMessage('subscribed'));
    addHandler(LateGateway, 'open', applyDecorators(SubscribeMessage('open'), Public()), 'open');
  }
}

@Resolver()
class Answers {
  @Query(() => Int)
  plain() {
    return 1;
  }

  @Query(() => Int)
  @RequireScope('a')
  scoped() {
    return 2;
  }

  @Mutation(() => Int)
  change() {
    return 3;
  }

  @Query(() => Int)
  @Public()
  open() {
    return 4;
  }
}

/** Keeps what is told, to see how often. */
const told: string[] = [];
const quiet = () => {};
Logger.overrideLogger({
  log: quiet,
  debug: quiet,
  warn: (line: unknown) => told.push(`warn ${String(line)}`),
  error: (line: unknown) => told.push(`error ${String(line)}`),
});

async function start(more: Partial<JwtAuthOptions> = {}): Promise<INestApplication> {
  @Module({
    imports: [
      JwtAuthModule.forRoot({
        issuer: 'http://127.0.0.1:1',
        audience: 'api',
        warmUp: 'lazy',
        ...more,
      }),
      GraphQLModule.forRoot<MercuriusDriverConfig>({
        driver: MercuriusDriver,
        autoSchemaFile: true,
      }),
    ],
    controllers: [Routes, Messages, RequestScopedMessages, LateMessages],
    providers: [Gateway, LateGateway, Answers, Describer],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { abortOnError: false });
  return app.useWebSocketAdapter(new WsAdapter(app));
}

async function connect(app: INestApplication, inheritAppConfig: boolean): Promise<ClientProxy> {
  const options = { host: '127.0.0.1', port: 0 };
  const microservice = app.connectMicroservice(
    { transport: Transport.TCP, options },
    { inheritAppConfig },
  );
  await microservice.listen();
  // The TCP server of Nest 11 hands its own server on under this name as well.
  const { port } = microservice.unwrap<{ address(): { port: number } }>().address();
  return ClientProxyFactory.create({ transport: Transport.TCP, options: { ...options, port } });
}

async function messages(client: ClientProxy): Promise<void> {
  const send = (pattern: string) =>
    lastValueFrom(client.send<unknown>(pattern, {})).catch((error: unknown) => error);
  for (const pattern of ['plain', 'scoped', 'bound', 'request-scoped', 'late', 'plain'])
    assert.deepEqual(await send(pattern), { status: 'error', message: 'Forbidden resource' });
  happened.splice(0);
  await lastValueFrom(client.emit('happened', {}), { defaultValue: undefined });
  await lastValueFrom(client.emit('openly happened', {}), { defaultValue: undefined });
  assert.equal(await send('open'), 'open');
  assert.deepEqual(happened, ['open']);
  await client.close();
}

/** Sends messages, the last of which is open to everybody. */
async function sockets(url: string, ...events: string[]): Promise<void> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  const answers: string[] = [];
  await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => {
      for (const event of events) socket.send(JSON.stringify({ event, data: {} }));
    });
    socket.on('message', (data: Buffer) => {
      answers.push(data.toString());
      if (data.toString().includes('"open"')) resolve(undefined);
    });
  });
  socket.terminate();
  assert.equal(
    answers.some((answer) => answer.includes(LEAKED)),
    false,
  );
}

async function graphql(url: string): Promise<void> {
  const ask = async (query: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as { data: unknown; errors?: { message: string }[] };
  };
  for (const query of ['{ plain }', '{ scoped }', 'mutation { change }', '{ plain }']) {
    const { data, errors } = await ask(query);
    assert.equal(data, null, query);
    assert.equal(errors?.[0]?.message, 'Forbidden resource');
  }
  assert.deepEqual(await ask('{ open }'), { data: { open: 4 } });
}

async function main(): Promise<void> {
  const app = await start();
  const apart = await connect(app, false);
  const inherited = await connect(app, true);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  assert.equal((await fetch(`${url}/routes/closed`)).status, 401);
  assert.equal((await fetch(`${url}/routes/open`)).status, 200);
  await messages(apart);
  await messages(inherited);
  await sockets(`${url}/ws`, 'plain', 'scoped', 'plain', 'open');
  await sockets(`${url}/late`, 'subscribed', 'open');
  await graphql(url);
  const { routes } = app.get(AccessAudit);
  assert.deepEqual(
    routes.filter(({ access }) => access === 'public').map(({ kind, path }) => `${kind} ${path}`),
    [
      'http /routes/open',
      'rpc open',
      'rpc openly happened',
      'ws open',
      'ws open',
      'graphql Query.open',
    ],
  );
  await app.close();

  const refused = told.filter((line) => line.includes('was refused'));
  assert.deepEqual(
    refused.map((line) => line.split(' ')[1] ?? '').toSorted((a, b) => a.localeCompare(b)),
    [
      'Answers.change',
      'Answers.plain',
      'Answers.scoped',
      'Gateway.plain',
      'Gateway.scoped',
      'LateGateway.subscribed',
      'LateMessages.late',
      'Messages.bound',
      'Messages.happened',
      'Messages.plain',
      'Messages.scoped',
      'RequestScopedMessages.scoped',
    ],
    'told once for each handler',
  );
  assert.deepEqual(
    told.filter((line) => line.startsWith('error')),
    [],
  );

  const strict = await start({ strictCoverage: true });
  await assert.rejects(strict.init(), (error: { problems: string[] }) => {
    const undecided = error.problems.map((fault) => /^strictCoverage: (\S+)/.exec(fault)?.[1]);
    assert.deepEqual(undecided, [
      'Routes.closed',
      'Messages.plain',
      'Messages.bound',
      'Messages.happened',
      'RequestScopedMessages.scoped',
      'LateMessages.late',
      'Gateway.plain',
      'LateGateway.subscribed',
      'Answers.plain',
      'Answers.change',
    ]);
    return true;
  });
  await strict.close();
}

void main().then(
  () => console.log('Every kind of handler is closed.'),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
