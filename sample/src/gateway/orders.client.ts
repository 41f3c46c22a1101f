import { Injectable } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import { InjectTokenClient } from 'nestjs-access-tokens';
import type { Order } from '../orders/order.interface.js';

/** The orders service as the gateway sees it. Not a word about tokens: the client sees to them. */
@Injectable()
export class OrdersClient {
  constructor(@InjectTokenClient('orders') private readonly orders: AxiosInstance) {}

  async list(): Promise<Order[]> {
    const { data } = await this.orders.get<Order[]>('/orders');
    return data;
  }

  async create(order: unknown): Promise<Order> {
    const { data } = await this.orders.post<Order>('/orders', order);
    return data;
  }
}
