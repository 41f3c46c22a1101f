import type { INestApplication } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { NextFunction, Request, Response } from 'express';
import session from 'express-session';
import { SharedSessions } from '../common/shared-sessions.js';
import { webConfig } from './web.config.js';

/** What a web application needs before it listens: sessions, and headers that keep its pages to themselves. */
export function setUpWeb(application: INestApplication): void {
  const { url, issuer, sessionSecret } = application.get<ConfigType<typeof webConfig>>(
    webConfig.KEY,
  );
  const store = application.get(SharedSessions).store();
  application.use(
    secured(new URL(issuer).origin),
    session({
      name: 'web.sid',
      secret: sessionSecret,
      ...(store && { store }),
      resave: false,
      saveUninitialized: false,
      // No script can read it, no form of another site sends it along.
      cookie: { httpOnly: true, sameSite: 'lax', secure: url.startsWith('https:') },
    }),
  );
}

/** Pages run no script but ours, load nothing from elsewhere, fit into no frame and are kept by nobody. */
function secured(identityServer: string) {
  const headers = {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      'img-src data:',
      // Signing out leads to there, and browsers count the redirects of a form as well.
      `form-action 'self' ${identityServer}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
  return (_request: Request, response: Response, next: NextFunction): void => {
    response.set(headers);
    next();
  };
}
