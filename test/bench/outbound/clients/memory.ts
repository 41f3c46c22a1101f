import { NestFactory } from '@nestjs/core';
import { ClientTokenService, TokenClientModule } from 'nestjs-access-tokens';
import { setTimeout } from 'node:timers/promises';

/** Gets many tokens in the way that everybody does, over HTTP, each for another scope; and weighs them. */
export async function bytesPerToken(tokenEndpoint: string, count: number): Promise<number> {
  class AppModule {}
  const app = await NestFactory.createApplicationContext(
    {
      module: AppModule,
      imports: [
        TokenClientModule.forRoot({
          tokenEndpoint,
          clientId: 'orders',
          clientSecret: 'a secret',
          clients: { api: { baseURL: new URL(tokenEndpoint).origin } },
        }),
      ],
    },
    { logger: false, abortOnError: false },
  );
  const tokens = app.get(ClientTokenService);
  const getMany = async (name: string): Promise<void> => {
    for (let number = 0; number < count; number += 10) {
      const ten = Array.from({ length: 10 }, (_, i) => ({ scope: `${name}.${number + i}` }));
      await Promise.all(ten.map((options) => tokens.getToken('api', options)));
    }
  };
  // What is there once for all of them, such as code and connections, is there before it counts.
  await getMany('warm-up');
  await tokens.invalidate('api');
  const before = await heapUsed();
  await getMany('orders');
  const used = (await heapUsed()) - before;
  await app.close();
  return used / count;
}

async function heapUsed(): Promise<number> {
  if (!globalThis.gc) throw new Error('start with --expose-gc');
  // Answers are done with some turns of the event loop after their token is there.
  for (let i = 0; i < 5; i += 1) {
    await setTimeout(50);
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}
