import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { JwtAuthGuard } from 'nestjs-access-tokens';
import request from 'supertest';
import type { App } from 'supertest/types.js';
import { OrdersController } from './orders.controller.js';

/** Lets everybody in. */
const guard = { canActivate: () => true };

describe('OrdersController', () => {
  it('compiles with nothing else', async () => {
    const module = await Test.createTestingModule({ controllers: [OrdersController] }).compile();
    expect(module.get(OrdersController).health()).toEqual({ ok: true });
  });

  it('lets nobody in where nothing says who may', async () => {
    const module = await Test.createTestingModule({ controllers: [OrdersController] }).compile();
    const app: INestApplication<App> = await module.createNestApplication({ logger: false }).init();
    await request(app.getHttpServer()).get('/orders').expect(500);
    await app.close();
  });

  it('lets in whom a guard of the test lets in', async () => {
    const module = await Test.createTestingModule({
      controllers: [OrdersController],
      providers: [{ provide: JwtAuthGuard, useValue: guard }],
    }).compile();
    const app: INestApplication<App> = await module.createNestApplication().init();
    await request(app.getHttpServer()).post('/orders').expect(201, { created: true });
    await app.close();
  });
});
