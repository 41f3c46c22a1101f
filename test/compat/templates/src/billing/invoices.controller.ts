import { Controller, Get, Param, Post, UseFilters } from '@nestjs/common';
import { RequireScope } from 'nestjs-access-tokens';
import { BillingService } from './billing.service.js';
import { UpstreamErrorFilter } from './upstream-error.filter.js';

@Controller('invoices')
@RequireScope('orders.read')
@UseFilters(UpstreamErrorFilter)
export class InvoicesController {
  constructor(private readonly billing: BillingService) {}

  @Get(':id')
  show(@Param('id') id: string) {
    return this.billing.invoice(id);
  }

  @Post('given-up')
  givenUp() {
    return this.billing.givenUp();
  }

  @Post('broken')
  broken() {
    return this.billing.broken();
  }
}
