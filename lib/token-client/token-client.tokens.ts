/*
 * Prefixed strings rather than symbols or classes: they read well in Nest's "can't resolve dependencies",
 * and two copies of this package in one process still mean the same provider.
 */

/** The injection token of the Axios instance of a named client, for `useFactory` and `app.get`. */
export function getTokenClientToken(client: string): string {
  return `TokenClient:${client}`;
}

/** The injection token of the same instance as `HttpService` of @nestjs/axios. */
export function getTokenHttpServiceToken(client: string): string {
  return `TokenHttpService:${client}`;
}

/** @internal The names that `forRootAsync` announces, or nothing where the options themselves have them. */
export const ANNOUNCED_CLIENTS = 'TokenClientModule:announced-clients';

/** @internal There wherever `forRoot` is, and nowhere else: whoever has none can say so in plain words. */
export const IS_REGISTERED = 'TokenClientModule:is-registered';

/** @internal Makes the Axios instance of a named client. */
export const TOKEN_CLIENT_MAKER = 'TokenClientModule:maker';

/** @internal Every named client of the application. */
export const TOKEN_CLIENT_REGISTRY = 'TokenClientModule:registry';
