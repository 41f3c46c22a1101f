import type { IssuedToken } from '../../authorization-server/issued-token.js';
import type { SendAs } from '../calls/send-as.js';
import { addTokenHeader } from './token-headers.js';

const STANDARD = 'Authorization';

/** Where and how a client puts its token on a call. */
export class TokenPlace {
  /** As it is spelled by the options. */
  readonly header: string;
  /** The scheme in lower case, as challenges name it; nothing where it is the usual one. */
  readonly scheme: string | undefined;
  readonly #prefix: string | undefined;

  constructor({ header = STANDARD, scheme }: SendAs = {}) {
    const isStandard = header.toLowerCase() === STANDARD.toLowerCase();
    this.header = isStandard ? STANDARD : header;
    this.scheme = scheme?.toLowerCase();
    const prefix = scheme ?? (isStandard ? undefined : '');
    this.#prefix = prefix === '' || prefix === undefined ? prefix : `${prefix} `;
    if (!isStandard) addTokenHeader(header);
  }

  get isStandard(): boolean {
    return this.header === STANDARD;
  }

  /** A token that is bound to a key has a scheme of its own, which nothing replaces. */
  valueOf({ tokenType, accessToken }: IssuedToken): string {
    return `${this.#prefix ?? `${tokenType} `}${accessToken}`;
  }
}
