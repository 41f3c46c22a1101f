/*
 * Axios has declarations for each of its two builds, and applications that are CommonJS get those of the other one. What
 * adds to them has to be a CommonJS module as well, and to name them.
 */
export type { AxiosRequestConfig } from 'axios';

/** What a single call may say about the token that it wants. It takes the place of the client's own options. */
export interface CallTokenOptions {
  /** The scopes to ask for, in place of those of the client. */
  scope?: string | readonly string[] | undefined;
  /** The API, or APIs, that the token is for (RFC 8707), in place of those of the client. */
  resource?: string | readonly string[] | undefined;
  /** The API that the token is for, in place of that of the client. */
  audience?: string | undefined;
  /** More parameters of the token request, beside those of the client. */
  parameters?: Readonly<Record<string, string>> | undefined;
  /** The tenant in whose name the call is made, for a client with `resolveClient`. */
  tenant?: string | undefined;
  /**
   * Asks the authorization server even though there is a token that could still be used. Callers who
   * do so at the same time share one token request.
   *
   * @defaultValue false
   */
  force?: boolean | undefined;
}

declare module 'axios' {
  // The parameters must be those of Axios' own declaration.
  // oxlint-disable-next-line typescript/no-explicit-any, no-unused-vars
  interface AxiosRequestConfig<D = any> {
    /** What this call wants to be different about its token. Only for clients of `TokenClientModule`. */
    token?: CallTokenOptions | undefined;
  }
}
