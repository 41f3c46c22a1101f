import { Body, Controller, Get, Post } from '@nestjs/common';
import { AccessToken, RequireScope } from 'nestjs-access-tokens';
import { NewOrderPipe } from './new-order.pipe.js';
import type { NewOrder, Order } from './order.interface.js';
import { OrdersService } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  @RequireScope('orders.read')
  list(): readonly Order[] {
    return this.orders.list();
  }

  @Post()
  @RequireScope('orders.write')
  create(@Body(NewOrderPipe) order: NewOrder, @AccessToken() token: AccessToken): Order {
    return this.orders.create(order, token.clientId);
  }
}
