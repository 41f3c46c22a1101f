import type { IncomingHttpHeaders } from 'node:http';

/** What every request has, of Express and of Fastify. Name the type of yours for more: `(request: Request) => …`. */
export interface RequestWithToken {
  readonly headers: IncomingHttpHeaders;
  readonly url?: string | undefined;
  /** Where a cookie parser has read them. */
  readonly cookies?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Finds the access token in a request, as the extractors of passport-jwt do; nothing where there is none. */
export type TokenExtractor = Bivariant['extract'];

/** As a method, so that it may ask for more of a request than there is in all of them. */
interface Bivariant {
  extract(request: RequestWithToken): string | null | undefined;
}
