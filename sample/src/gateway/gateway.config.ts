import { registerAs } from '@nestjs/config';
import { environment } from '../common/environment.js';

/** From the environment or a file `.env`; the defaults fit the identity server of the sample. */
export const gatewayConfig = registerAs('gateway', () => ({
  issuer: environment.issuer(),
  ordersUrl: environment.ordersUrl(),
  clientId: process.env['GATEWAY_CLIENT_ID'] ?? 'gateway',
  clientSecret: process.env['GATEWAY_CLIENT_SECRET'] ?? 'gateway-secret',
}));
