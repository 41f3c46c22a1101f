import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Injectable, Scope } from '@nestjs/common';
import {
  Args,
  Field,
  GraphQLModule,
  Int,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { createClient } from 'graphql-ws';
import { AccessAudit, JwtAuthModule, Public, RequireScope } from 'nestjs-access-tokens';
import { WebSocket } from 'ws';
import { type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience } from '../../support/protected-api.js';

@ObjectType()
class Order {
  @Field(() => Int)
  id!: number;
}

/** What was reached though it is closed. */
const leaks: string[] = [];

async function* numbers(name: string) {
  yield { [name]: 1 };
  yield { [name]: 2 };
}

@Resolver(() => Order)
class OrderResolver {
  @Query(() => Order)
  order() {
    leaks.push('order');
    return { id: 1 };
  }

  @Query(() => Order)
  @RequireScope('a')
  scoped() {
    leaks.push('scoped');
    return { id: 1 };
  }

  @Query(() => Order)
  @Public()
  open(@Args('id', { type: () => Int, defaultValue: 2 }) id: number) {
    return { id };
  }

  @Mutation(() => Int)
  pay() {
    leaks.push('pay');
    return 1;
  }

  @Mutation(() => Int)
  @Public()
  openPay() {
    return 2;
  }

  @Subscription(() => Int)
  paid() {
    leaks.push('paid');
    return numbers('paid');
  }

  @Subscription(() => Int, { filter: () => true })
  @RequireScope('a')
  filtered() {
    leaks.push('filtered');
    return numbers('filtered');
  }

  @Subscription(() => Int)
  @Public()
  openPaid() {
    return numbers('openPaid');
  }

  @Subscription(() => Int, {
    filter: ({ openFiltered }: { openFiltered: number }) => openFiltered > 1,
    resolve: ({ openFiltered }: { openFiltered: number }) => openFiltered * 10,
  })
  @Public()
  openFiltered() {
    return numbers('openFiltered');
  }

  @ResolveField(() => Int, { nullable: true })
  @RequireScope('a')
  secret() {
    leaks.push('secret');
    return 1;
  }

  @ResolveField(() => Int, { nullable: true })
  plain() {
    leaks.push('plain');
    return 1;
  }

  @ResolveField(() => Int)
  @Public()
  total() {
    return 5;
  }
}

@Injectable({ scope: Scope.REQUEST })
@Resolver()
class RequestScopedResolver {
  constructor() {
    this.boundPerRequest = this.boundPerRequest.bind(this);
    this.openBoundPerRequest = this.openBoundPerRequest.bind(this);
  }

  @Query(() => Int)
  perRequest() {
    leaks.push('perRequest');
    return 1;
  }

  @Query(() => Int)
  @Public()
  openPerRequest() {
    return 2;
  }

  @Query(() => Int)
  boundPerRequest() {
    leaks.push('boundPerRequest');
    return 3;
  }

  @Query(() => Int)
  @Public()
  openBoundPerRequest() {
    return 4;
  }
}

@Resolver()
class MadeResolver {
  @Query(() => Int)
  made() {
    leaks.push('made');
    return 1;
  }
}

const refused = (...path: string[]) =>
  expect.objectContaining({ message: 'Forbidden resource', path });

describe('resolvers under Apollo', () => {
  let server: AuthorizationServer;
  let app: RunningApp;
  let token: string;
  const logger = new MemoryLogger();

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    token = await server.sign({ sub: 'alice', scope: 'a' });
    app = await startApp({
      imports: [
        JwtAuthModule.forRoot({ issuer: server.issuer, audience }),
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          autoSchemaFile: true,
          allowBatchedHttpRequests: true,
          csrfPrevention: false,
          fieldResolverEnhancers: ['guards'],
          subscriptions: { 'graphql-ws': true },
        }),
        {
          module: class {},
          providers: [{ provide: 'made', useFactory: () => new MadeResolver() }],
        },
      ],
      providers: [OrderResolver, RequestScopedResolver],
      configure: (nest) => nest.useLogger(logger),
    });
  });

  afterAll(async () => {
    await app.close();
    await server.stop();
  });

  beforeEach(() => leaks.splice(0));
  afterEach(() => expect(leaks).toEqual([]));

  async function post(body: unknown): Promise<unknown> {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  const ask = (query: string) => post({ query });

  it.each([
    ['{ order { id } }', 'order'],
    ['{ scoped { id } }', 'scoped'],
    ['{ perRequest }', 'perRequest'],
    ['{ boundPerRequest }', 'boundPerRequest'],
    ['{ made }', 'made'],
    ['mutation { pay }', 'pay'],
    ['{ openPerRequest alias: order { id } }', 'alias'],
    ['query A { ...more } fragment more on Query { order { id } }', 'order'],
  ])('are refused whatever the token: %s', async (query, path) => {
    expect(await ask(query)).toEqual({
      data: null,
      errors: [refused(path)],
    });
  });

  it('are refused in a query that comes by GET', async () => {
    const response = await fetch(
      `${app.url}/graphql?query=${encodeURIComponent('{ order { id } }')}`,
    );
    expect(await response.json()).toEqual({ data: null, errors: [refused('order')] });
  });

  it('are let in where they are @Public()', async () => {
    expect(await ask('{ open { id total } openPerRequest openBoundPerRequest }')).toEqual({
      data: { open: { id: 2, total: 5 }, openPerRequest: 2, openBoundPerRequest: 4 },
    });
    expect(await ask('mutation { openPay }')).toEqual({ data: { openPay: 2 } });
  });

  it('are decided each for itself, whatever comes beside them', async () => {
    expect(await ask('{ a: open { secret plain total } b: open(id: 3) { id x: secret } }')).toEqual(
      {
        data: { a: { secret: null, plain: null, total: 5 }, b: { id: 3, x: null } },
        errors: [refused('a', 'secret'), refused('a', 'plain'), refused('b', 'x')],
      },
    );
    expect(await ask('mutation { openPay x: pay }')).toEqual({
      data: null,
      errors: [refused('x')],
    });
    expect(
      await post([
        { query: '{ open { id } }' },
        { query: '{ order { id } }' },
        { query: '{ openPerRequest }' },
        { query: 'mutation { pay }' },
      ]),
    ).toEqual([
      { data: { open: { id: 2 } } },
      { data: null, errors: [refused('order')] },
      { data: { openPerRequest: 2 } },
      { data: null, errors: [refused('pay')] },
    ]);
  });

  /** All that comes for one operation over a WebSocket that shows a token at both places where one may be. */
  async function subscribe(query: string): Promise<unknown[]> {
    class SocketWithToken extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers: { authorization: `Bearer ${token}` } });
      }
    }
    const client = createClient({
      url: `${app.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: SocketWithToken,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${token}` },
    });
    const results: unknown[] = [];
    for await (const result of client.iterate({ query })) results.push(result);
    await client.dispose();
    return results;
  }

  it.each([
    ['subscription { paid }', 'paid'],
    ['subscription { x: filtered }', 'x'],
  ])('are refused over WebSockets before they subscribe: %s', async (query, path) => {
    expect(await subscribe(query)).toEqual([{ errors: [refused(path)] }]);
  });

  it.each([
    ['{ order { id } }', 'order'],
    ['mutation { pay }', 'pay'],
  ])('are refused over WebSockets as they are over HTTP: %s', async (query, path) => {
    expect(await subscribe(query)).toEqual([{ data: null, errors: [refused(path)] }]);
  });

  it('are let in over WebSockets where they are @Public()', async () => {
    expect(await subscribe('subscription { openPaid }')).toEqual([
      { data: { openPaid: 1 } },
      { data: { openPaid: 2 } },
    ]);
    expect(await subscribe('subscription { openFiltered }')).toEqual([
      { data: { openFiltered: 20 } },
    ]);
    expect(await subscribe('{ open { id secret } }')).toEqual([
      { data: { open: { id: 2, secret: null } }, errors: [refused('open', 'secret')] },
    ]);
  });

  it('are told once for each handler, and are in the audit', () => {
    const told = logger.lines.filter((line) => line.includes('was refused'));
    expect(
      told.map((line) => line.split(' ')[2] ?? '').toSorted((a, b) => a.localeCompare(b)),
    ).toEqual([
      'MadeResolver.made',
      'OrderResolver.filtered',
      'OrderResolver.order',
      'OrderResolver.paid',
      'OrderResolver.pay',
      'OrderResolver.plain',
      'OrderResolver.scoped',
      'OrderResolver.secret',
      'RequestScopedResolver.boundPerRequest',
      'RequestScopedResolver.perRequest',
    ]);
    const { routes } = app.app.get(AccessAudit);
    expect(routes.map(({ path, access }) => `${path} ${access}`)).toEqual([
      'Query.order required',
      'Query.scoped required',
      'Query.open public',
      'Mutation.pay required',
      'Mutation.openPay public',
      'Subscription.paid required',
      'Subscription.filtered required',
      'Subscription.openPaid public',
      'Subscription.openFiltered public',
      'Order.secret required',
      'Order.plain required',
      'Order.total public',
      'Query.perRequest required',
      'Query.openPerRequest public',
      'Query.boundPerRequest required',
      'Query.openBoundPerRequest public',
      'Query.made required',
    ]);
  });
});

describe('fields of root types that have a name of their own', () => {
  @Resolver('Requests')
  class RequestResolver {
    @ResolveField()
    secret() {
      return 1;
    }

    @ResolveField()
    @Public()
    open() {
      return 2;
    }
  }

  @Resolver('Changes')
  class ChangeResolver {
    @ResolveField()
    change() {
      return 3;
    }
  }

  const start = (more: Partial<ApolloDriverConfig>, protect: 'everything' | 'decorated') =>
    startApp({
      imports: [
        JwtAuthModule.forRoot({ issuer: 'http://127.0.0.1:1', audience, protect }),
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          typeDefs:
            'schema { query: Requests mutation: Changes } type Requests { secret: Int open: Int } type Changes { change: Int }',
          ...more,
        }),
      ],
      providers: [RequestResolver, ChangeResolver],
    });

  it('fail the start where Nest runs no guards for them, as everybody can ask for them', async () => {
    await expect(start({}, 'everything')).rejects.toMatchObject({
      problems: [
        'RequestResolver.secret (Requests.secret)',
        'ChangeResolver.change (Changes.change)',
      ].map(
        (name) =>
          `${name} would be open to everybody: GraphQL resolves it without guards. Set fieldResolverEnhancers: ['guards'] in the options of GraphQLModule, so that Nest runs guards there, or mark it @Public() if it is protected by other means.`,
      ),
    });
  });

  it('are refused where Nest does unless they are @Public(), and are in the audit', async () => {
    const app = await start({ fieldResolverEnhancers: ['guards'] }, 'everything');
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ secret open }' }),
    });
    const { routes } = app.app.get(AccessAudit);
    await app.close();
    expect(await response.json()).toEqual({
      data: { secret: null, open: 2 },
      errors: [refused('secret')],
    });
    expect(routes.map(({ method, path, access }) => [method, path, access])).toEqual([
      ['QUERY', 'Requests.secret', 'required'],
      ['QUERY', 'Requests.open', 'public'],
      ['MUTATION', 'Changes.change', 'required'],
    ]);
  });

  it("are left alone with protect: 'decorated'", async () => {
    const app = await start({}, 'decorated');
    const { routes } = app.app.get(AccessAudit);
    await app.close();
    expect(routes.map(({ path, access }) => [path, access])).toEqual([
      ['Requests.secret', 'unguarded'],
      ['Requests.open', 'public'],
      ['Changes.change', 'unguarded'],
    ]);
  });
});
