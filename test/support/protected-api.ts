import { Controller, type ExceptionFilter, Get, type LoggerService, Post } from '@nestjs/common';
import {
  AccessToken,
  JwtAuthModule,
  type JwtAuthOptions,
  RequireScope,
} from 'nestjs-access-tokens';
import { type Answer, type Platform, type RunningApp, startApp } from './app.js';

export const audience = 'https://api.example.com';

/** What the tests attack. */
@Controller()
class ProtectedController {
  @Get()
  whoami(@AccessToken() token: AccessToken) {
    return { subject: token.subject ?? null };
  }

  @Post()
  post(@AccessToken() token: AccessToken) {
    return { subject: token.subject ?? null };
  }

  @Get('token')
  token(@AccessToken() token: AccessToken) {
    return token;
  }

  @Get('read')
  @RequireScope('read')
  read() {
    return { read: true };
  }
}

export interface ProtectedApiOptions extends Partial<JwtAuthOptions> {
  issuer: string;
  platform?: Platform;
  logger?: LoggerService;
  filters?: ExceptionFilter[];
}

export function startProtectedApi({
  platform = 'express',
  logger,
  filters = [],
  ...options
}: ProtectedApiOptions): Promise<RunningApp> {
  return startApp({
    platform,
    imports: [JwtAuthModule.forRoot({ audience, ...options })],
    controllers: [ProtectedController],
    configure: (app) => {
      if (logger) app.useLogger(logger);
      app.useGlobalFilters(...filters);
    },
  });
}

/** Refused as RFC 6750 wants it, and with a fixed text that gives nothing away. */
export function expectRefused(answer: Answer, message = 'The access token is invalid'): void {
  const { status, challenge, body } = answer;
  expect({ status, challenge, body }).toEqual({
    status: 401,
    challenge: `Bearer realm="${audience}", error="invalid_token", error_description="${message}"`,
    body: { statusCode: 401, error: 'invalid_token', message },
  });
  expect(answer.headers.get('cache-control')).toBe('no-store');
}

/** Refused with 400: the request itself is malformed. */
export function expectMalformed(
  answer: Answer,
  message = 'The Authorization header is malformed',
): void {
  const { status, challenge, body } = answer;
  expect({ status, challenge, body }).toEqual({
    status: 400,
    challenge: `Bearer realm="${audience}", error="invalid_request", error_description="${message}"`,
    body: { statusCode: 400, error: 'invalid_request', message },
  });
}

/** Asked for a token, without an error code: none has been seen. */
export function expectChallenged(answer: Answer, message = 'An access token is required'): void {
  const { status, challenge, body } = answer;
  expect({ status, challenge, body }).toEqual({
    status: 401,
    challenge: `Bearer realm="${audience}"`,
    body: { statusCode: 401, error: 'Unauthorized', message },
  });
}

/** 503, and the token is not called bad: nobody can know at the moment. */
export function expectUnavailable(answer: Answer): void {
  const { status, challenge, body } = answer;
  expect({ status, challenge, body }).toEqual({
    status: 503,
    challenge: `Bearer realm="${audience}"`,
    body: {
      statusCode: 503,
      error: 'Service Unavailable',
      message: 'Access tokens cannot be checked at the moment',
    },
  });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
}
