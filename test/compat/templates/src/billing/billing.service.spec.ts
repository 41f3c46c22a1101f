import { Test } from '@nestjs/testing';
import { getTokenClientToken } from 'nestjs-access-tokens';
import { BillingService } from './billing.service.js';

it('calls a client of the test', async () => {
  const billing = { get: (url: string) => Promise.resolve({ data: { url } }) };
  const module = await Test.createTestingModule({
    providers: [BillingService, { provide: getTokenClientToken('billing'), useValue: billing }],
  }).compile();
  expect(await module.get(BillingService).invoice('7')).toEqual({ url: '/invoices/7' });
});
