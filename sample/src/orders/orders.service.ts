import { Injectable } from '@nestjs/common';
import type { NewOrder, Order } from './order.interface.js';

/** In memory: every start begins with an empty list. */
@Injectable()
export class OrdersService {
  private readonly orders: Order[] = [];

  list(): readonly Order[] {
    return this.orders;
  }

  create(order: NewOrder, placedBy: string | undefined): Order {
    const created = { id: this.orders.length + 1, ...order, placedBy };
    this.orders.push(created);
    return created;
  }
}
