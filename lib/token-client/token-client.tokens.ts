/*
 * Strings rather than symbols or classes: two copies of this package in one process still mean the same provider. Nest puts
 * them into its "can't resolve dependencies" as they are, and there they have to say what is wrong: mostly a name that is
 * misspelt.
 */
const HINT = '(is TokenClientModule.forRoot imported, and that name in its clients?)';

/** The injection token of the Axios instance of a named client, for `useFactory` and `app.get`. The same for the same name. */
export function getTokenClientToken(client: string): string {
  return `TokenClient:${client} ${HINT}`;
}

/** The injection token of the same instance as `HttpService` of @nestjs/axios. */
export function getTokenHttpServiceToken(client: string): string {
  return `TokenHttpService:${client} ${HINT}`;
}

/** @internal The names that `forRootAsync` announces, or nothing where the options themselves have them. */
export const ANNOUNCED_CLIENTS = 'TokenClientModule:announced-clients';

/** @internal There wherever `forRoot` is, and nowhere else: whoever has none can say so in plain words. */
export const IS_REGISTERED = 'TokenClientModule:is-registered';

/** @internal Makes the Axios instance of a named client. */
export const TOKEN_CLIENT_MAKER = 'TokenClientModule:maker';

/** @internal Every named client of the application. */
export const TOKEN_CLIENT_REGISTRY = 'TokenClientModule:registry';
