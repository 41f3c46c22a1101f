import type { CallTokenOptions } from './call-token.cjs';

export type { CallTokenOptions };

declare module 'axios' {
  // The parameters must be those of Axios' own declaration.
  // oxlint-disable-next-line typescript/no-explicit-any, no-unused-vars
  interface AxiosRequestConfig<D = any> {
    /** What this call wants to be different about its token. Only for clients of `TokenClientModule`. */
    token?: CallTokenOptions | undefined;
  }
}
