import { Body, Controller, Get, Post, UseFilters } from '@nestjs/common';
import type { Order } from '../orders/order.interface.js';
import { OrdersClient } from './orders.client.js';
import { UpstreamErrorFilter } from './upstream-error.filter.js';

@Controller('orders')
@UseFilters(UpstreamErrorFilter)
export class OrdersController {
  constructor(private readonly orders: OrdersClient) {}

  @Get()
  list(): Promise<Order[]> {
    return this.orders.list();
  }

  @Post()
  create(@Body() order: unknown): Promise<Order> {
    return this.orders.create(order);
  }
}
