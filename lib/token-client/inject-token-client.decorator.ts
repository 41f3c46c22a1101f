import { Inject } from '@nestjs/common';
import { getTokenClientToken, getTokenHttpServiceToken } from './token-client.tokens.js';

/**
 * Injects the Axios instance of a named client. Every call it makes carries an access token.
 *
 * @example
 * ```ts
 * constructor(@InjectTokenClient('orders') private readonly orders: AxiosInstance) {}
 * ```
 */
export const InjectTokenClient = (client: string): PropertyDecorator & ParameterDecorator =>
  Inject(getTokenClientToken(client));

/**
 * Injects the same instance as `HttpService` of @nestjs/axios, for code that works with observables.
 *
 * @example
 * ```ts
 * constructor(@InjectTokenHttpService('orders') private readonly orders: HttpService) {}
 * ```
 */
export const InjectTokenHttpService = (client: string): PropertyDecorator & ParameterDecorator =>
  Inject(getTokenHttpServiceToken(client));
