import { randomBytes } from 'node:crypto';
import { registerAs } from '@nestjs/config';
import { systemClock } from 'nestjs-access-tokens';
import { environment } from '../common/environment.js';

/** From the environment or a file `.env`; the defaults fit the identity server of the sample. */
export const webConfig = registerAs('web', () => {
  const clientSecret = process.env['WEB_CLIENT_SECRET'] ?? 'web-secret';
  return {
    /** Where a browser finds this application. The identity server sends users back only to there. */
    url: environment.webUrl(),
    issuer: environment.issuer(),
    apiUrl: environment.apiUrl(),
    clientId: process.env['WEB_CLIENT_ID'] ?? 'web',
    clientSecret,
    sessionSecret: environment.redisUrl()
      ? environment.sharedSessionSecret(clientSecret)
      : ownSessionSecret(),
    /** Tests bring one that can be moved. */
    clock: systemClock,
  };
});

/** The sessions live in the memory of this process, so what signs their cookies need not live longer. */
function ownSessionSecret(): string {
  return process.env['WEB_SESSION_SECRET'] ?? randomBytes(32).toString('base64url');
}
