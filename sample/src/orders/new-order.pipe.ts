import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import type { NewOrder } from './order.interface.js';

/** A token says who calls. It says nothing about what the call brings, so that is checked as ever. */
@Injectable()
export class NewOrderPipe implements PipeTransform<unknown, NewOrder> {
  transform(body: unknown): NewOrder {
    const { article, quantity }: Record<string, unknown> = { ...Object(body) };
    if (typeof article !== 'string' || article === '') {
      throw new BadRequestException('article must be a text');
    }
    if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1) {
      throw new BadRequestException('quantity must be a whole number from 1 on');
    }
    return { article, quantity };
  }
}
