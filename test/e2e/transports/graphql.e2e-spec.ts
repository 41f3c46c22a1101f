import { type INestApplication, Module, UseGuards } from '@nestjs/common';
import {
  Field,
  GraphQLModule,
  Int,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  ResolveReference,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import {
  AccessAudit,
  ConfigurationError,
  JwtAuthGuard,
  JwtAuthModule,
  type JwtAuthOptions,
  Public,
  RequireScope,
} from 'nestjs-access-tokens';
import { type AppParts, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience } from '../../support/protected-api.js';

@ObjectType()
class Order {
  @Field(() => Int)
  id!: number;
}

@Resolver(() => Order)
class OrderResolver {
  @Query(() => Order)
  order() {
    return { id: 1 };
  }

  @Query(() => Order, { name: 'openOrder' })
  @Public()
  open() {
    return { id: 2 };
  }

  @Query(() => Order)
  @RequireScope('a')
  scoped() {
    return { id: 3 };
  }

  @Mutation(() => Int)
  pay() {
    return 4;
  }

  @Subscription(() => Int)
  paid() {}

  @ResolveField(() => Int)
  total() {
    return 5;
  }

  helper() {}
}

const options = { issuer: 'http://127.0.0.1:1', audience };

function start(
  providers: AppParts['providers'] & {},
  {
    enhancers,
    configure,
    imports = [],
    ...more
  }: Partial<JwtAuthOptions> & {
    enhancers?: ('guards' | 'filters')[];
    configure?: (app: INestApplication) => unknown;
    imports?: AppParts['imports'] & {};
  } = {},
): Promise<RunningApp> {
  return startApp({
    platform: 'fastify',
    imports: [
      JwtAuthModule.forRoot({ ...options, ...more }),
      GraphQLModule.forRoot<MercuriusDriverConfig>({
        driver: MercuriusDriver,
        autoSchemaFile: true,
        subscription: true,
        cache: false,
        ...(enhancers && { fieldResolverEnhancers: enhancers }),
      }),
      ...imports,
    ],
    providers,
    ...(configure && { configure }),
  });
}

async function ask(app: RunningApp, query: string, token?: string): Promise<unknown> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

const refused = (message = 'Forbidden resource') =>
  expect.objectContaining({ errors: [expect.objectContaining({ message })] });

describe('resolvers', () => {
  let server: AuthorizationServer;
  let token: string;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    token = await server.sign({ sub: 'alice', scope: 'a' });
  });

  afterAll(() => server.stop());

  it('are refused unless they are @Public(), even with a token, and told once for each handler', async () => {
    const logger = new MemoryLogger();
    const app = await start([OrderResolver], {
      issuer: server.issuer,
      configure: (nest) => nest.useLogger(logger),
    });
    const answers: unknown[] = [];
    for (const query of ['{ order { id } }', '{ scoped { id } }', 'mutation { pay }']) {
      answers.push(await ask(app, query), await ask(app, query, token));
    }
    const open = await ask(app, '{ openOrder { id total } }');
    await app.close();
    expect(answers).toEqual(Array.from({ length: 6 }, () => refused()));
    expect(open).toEqual({ data: { openOrder: { id: 2, total: 5 } } });
    expect(logger.lines.filter((line) => line.includes('was refused'))).toEqual(
      ['order', 'scoped', 'pay'].map((name) =>
        expect.stringContaining(`OrderResolver.${name} was refused`),
      ),
    );
    expect(logger.lines).toContain(
      'warn [JwtAuthModule] 4 handlers (4 GraphQL) are closed: access tokens are read from HTTP requests only. Mark with @Public() what is protected by other means.',
    );
    expect(logger.lines.filter((line) => line.includes('put on the HTTP adapter'))).toEqual([]);
  });

  it.each([
    [undefined, 'unguarded'],
    [['filters' as const], 'unguarded'],
    [['guards' as const], 'required'],
  ])('are in the audit with their fields, fieldResolverEnhancers: %p', async (enhancers, field) => {
    const app = await start([OrderResolver], { ...(enhancers && { enhancers }) });
    const { routes } = app.app.get(AccessAudit);
    await app.close();
    expect(
      routes.map(({ kind, method, path, handler, access }) => [
        kind,
        method,
        path,
        handler,
        access,
      ]),
    ).toEqual([
      ['graphql', 'QUERY', 'Query.order', 'order', 'required'],
      ['graphql', 'QUERY', 'Query.openOrder', 'open', 'public'],
      ['graphql', 'QUERY', 'Query.scoped', 'scoped', 'required'],
      ['graphql', 'MUTATION', 'Mutation.pay', 'pay', 'required'],
      ['graphql', 'SUBSCRIPTION', 'Subscription.paid', 'paid', 'required'],
      ['graphql', 'FIELD', 'Order.total', 'total', field],
    ]);
  });

  it('are counted by strictCoverage', async () => {
    await expect(start([OrderResolver], { strictCoverage: true })).rejects.toMatchObject({
      problems: ['order', 'pay', 'paid', 'total'].map((name) =>
        expect.stringContaining(`strictCoverage: OrderResolver.${name} (`),
      ),
    });
  });
});

describe('a field with a decorator', () => {
  @Resolver(() => Order)
  class FieldResolver {
    @Query(() => Order)
    @Public()
    openOrder() {
      return { id: 1 };
    }

    @ResolveField(() => Int, { nullable: true })
    @RequireScope('a')
    secret() {
      return 2;
    }
  }

  @Resolver(() => Order)
  @RequireScope('a')
  class ClassResolver {
    @Query(() => Order)
    @Public()
    openOrder() {
      return { id: 1 };
    }

    @ResolveField(() => Int, { nullable: true })
    secret() {
      return 2;
    }
  }

  @Resolver(() => Order)
  class GuardResolver {
    @Query(() => Order)
    @Public()
    openOrder() {
      return { id: 1 };
    }

    @ResolveField(() => Int, { nullable: true })
    @UseGuards(JwtAuthGuard)
    secret() {
      return 2;
    }
  }

  const cases = [FieldResolver, ClassResolver, GuardResolver].flatMap((resolver) =>
    (['everything', 'decorated'] as const).map((protect) => ({ resolver, protect })),
  );

  it.each(cases)('fails the start where Nest runs no guards for fields: %p', async (parts) => {
    const { resolver, protect } = parts;
    const failing = start([resolver], { protect });
    await expect(failing).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failing).rejects.toMatchObject({
      problems: [
        `${resolver.name}.secret (Order.secret) has a decorator, or its class has, which would be without effect: GraphQL resolves it without guards. Set fieldResolverEnhancers: ['guards'] in the options of GraphQLModule, so that Nest runs guards there, or mark it @Public() if the query that leads to it decides.`,
      ],
    });
  });

  it.each(cases)('is refused where Nest does: %p', async ({ resolver, protect }) => {
    const app = await start([resolver], { protect, enhancers: ['guards'] });
    const answers = [
      await ask(app, '{ openOrder { id } }'),
      await ask(app, '{ openOrder { id secret } }'),
    ];
    await app.close();
    expect(answers).toEqual([
      { data: { openOrder: { id: 1 } } },
      expect.objectContaining({
        data: { openOrder: { id: 1, secret: null } },
        errors: [expect.objectContaining({ path: ['openOrder', 'secret'] })],
      }),
    ]);
  });

  it('is no concern of a GraphQL module that does not serve it', async () => {
    @Module({ providers: [FieldResolver] })
    class ServedModule {}

    @Resolver()
    class OtherResolver {
      @Query(() => Int)
      other() {
        return 1;
      }
    }
    @Module({ providers: [OtherResolver] })
    class OtherModule {}
    const graph = (include: (new () => object)[], enhancers: 'guards'[], path: string) =>
      GraphQLModule.forRoot<MercuriusDriverConfig>({
        driver: MercuriusDriver,
        autoSchemaFile: true,
        cache: false,
        include,
        fieldResolverEnhancers: enhancers,
        path,
      });
    const app = await startApp({
      platform: 'fastify',
      imports: [
        JwtAuthModule.forRoot(options),
        graph([ServedModule], ['guards'], '/guarded'),
        OtherModule,
        ServedModule,
      ],
    });
    expect(
      app.app
        .get(AccessAudit)
        .routes.map(({ path, access }) => `${path} ${access}`)
        .toSorted(),
    ).toEqual(['Order.secret required', 'Query.openOrder public', 'Query.other required']);
    await app.close();
  });
});

describe('what resolves references of a federation', () => {
  @Resolver(() => Order)
  class ReferenceResolver {
    @Query(() => Order)
    @Public()
    openOrder() {
      return { id: 1 };
    }

    @ResolveReference()
    reference() {
      return { id: 1 };
    }
  }

  it('fails the start where Nest runs no guards for it, as everybody can ask for it', async () => {
    await expect(start([ReferenceResolver])).rejects.toMatchObject({
      problems: [
        "ReferenceResolver.reference (Order.__resolveReference) would be open to everybody: GraphQL resolves it without guards. Set fieldResolverEnhancers: ['guards'] in the options of GraphQLModule, so that Nest runs guards there, or mark it @Public() if it is protected by other means.",
      ],
    });
  });

  it("is left alone with protect: 'decorated'", async () => {
    const app = await start([ReferenceResolver], { protect: 'decorated' });
    const { routes } = app.app.get(AccessAudit);
    await app.close();
    expect(routes.find(({ method }) => method === 'REFERENCE')).toMatchObject({
      path: 'Order.__resolveReference',
      access: 'unguarded',
    });
  });
});
