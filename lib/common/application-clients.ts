/** The names under which an application is known as a client to its authorization servers. */
export type ClientIds = () => ReadonlySet<string>;

/**
 * The injection token of {@link ClientIds}, which `TokenClientModule` provides: per application, as there may
 * be several in one process. A text, so that two copies of this package mean the same.
 */
export const APPLICATION_CLIENT_IDS = 'nestjs-access-tokens:client-ids';
