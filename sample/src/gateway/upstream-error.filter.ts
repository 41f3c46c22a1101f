import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { AxiosError } from 'axios';
import type { Response } from 'express';
import { TokenEndpointUnavailableError, TokenRequestError } from 'nestjs-access-tokens';

type UpstreamError = TokenRequestError | TokenEndpointUnavailableError | AxiosError;

interface Answer {
  status: number;
  body: object;
  retryAfter?: string;
}

/**
 * What a caller of the gateway is told when a service behind it cannot be used. The details name hosts
 * and clients of ours, so they go to the log and not to the caller.
 */
@Catch(TokenRequestError, TokenEndpointUnavailableError, AxiosError)
export class UpstreamErrorFilter implements ExceptionFilter<UpstreamError> {
  private readonly logger = new Logger('Gateway');

  catch(error: UpstreamError, host: ArgumentsHost): void {
    const { status, body, retryAfter } = answerTo(error);
    if (status >= 500) {
      this.logger.error(`${error.name}: ${error.message}`);
    }
    const response = host.switchToHttp().getResponse<Response>();
    if (retryAfter) {
      response.set('Retry-After', retryAfter);
    }
    response.status(status).json(body);
  }
}

function answerTo(error: UpstreamError): Answer {
  if (error instanceof TokenEndpointUnavailableError) {
    // It may well work in a moment.
    return { ...failure(503, 'Orders cannot be reached at the moment'), retryAfter: '5' };
  }
  if (error instanceof TokenRequestError) {
    // The authorization server knows us no longer. Trying again will not help, so do not invite it.
    return failure(502, 'Orders cannot be reached');
  }
  const { response } = error;
  switch (response?.status) {
    case 400:
    case 404:
    case 409:
    case 422:
      // The fault of the caller, so the answer is his.
      return { status: response.status, body: Object(response.data) };
    case 429:
    case 503:
      return {
        ...failure(503, 'Orders is busy at the moment'),
        retryAfter: String(response.headers['retry-after'] ?? '5'),
      };
    case undefined:
      return error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT'
        ? failure(504, 'Orders did not answer in time')
        : failure(502, 'Orders cannot be reached');
    default:
      // Among them 401 and 403: the token of the gateway was refused, which is no fault of the caller.
      return failure(502, 'Orders cannot be used');
  }
}

const titles: Record<number, string> = {
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

function failure(status: number, message: string): Answer {
  return { status, body: { statusCode: status, error: titles[status], message } };
}
