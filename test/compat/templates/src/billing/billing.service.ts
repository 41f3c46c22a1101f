import { PassThrough } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import { InjectTokenClient } from 'nestjs-access-tokens';

@Injectable()
export class BillingService {
  constructor(@InjectTokenClient('billing') private readonly billing: AxiosInstance) {}

  async invoice(id: string) {
    const { data } = await this.billing.get<{ id: string; authorization: string }>(
      `/invoices/${id}`,
      { token: { scope: 'billing.read' } },
    );
    return data;
  }

  /** A call that nobody waits for. */
  async givenUp() {
    const giveUp = new AbortController();
    const call = this.billing.get('/invoices/7', { signal: giveUp.signal });
    giveUp.abort();
    await call;
  }

  /** A call whose body ends before its time. */
  async broken() {
    const body = new PassThrough();
    const call = this.billing.post('/invoices', body, { token: { force: true } });
    body.destroy(new Error('The file is gone.'));
    await call;
  }
}
