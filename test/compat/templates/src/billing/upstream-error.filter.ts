import { type ArgumentsHost, BadGatewayException, Catch } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { AxiosError, isAxiosError, isCancel } from 'axios';

/** Catches nothing but errors that are instances of the `AxiosError` that the application itself imports. */
@Catch(AxiosError)
export class UpstreamErrorFilter extends BaseExceptionFilter {
  override catch(error: AxiosError, host: ArgumentsHost) {
    const { name, response } = error;
    const found = { name, status: response?.status, isCancel: isCancel(error) };
    super.catch(new BadGatewayException({ ...found, isAxiosError: isAxiosError(error) }), host);
  }
}
