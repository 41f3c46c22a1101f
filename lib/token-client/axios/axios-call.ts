import type { InternalAxiosRequestConfig } from 'axios';
import type { TokenCall } from '../calls/token-source.js';
import type { HiddenMembers } from './redaction/hidden-members.js';

/** A call as those see it who decide about its token. Put together only for those who look. */
export class AxiosCall implements TokenCall {
  constructor(
    readonly config: InternalAxiosRequestConfig,
    /** Where it is sent to. */
    readonly target: string,
    /** What of its config is not for everybody to see. */
    readonly hidden: HiddenMembers | undefined,
  ) {}

  get method(): string {
    return (this.config.method ?? 'get').toUpperCase();
  }

  get url(): string {
    return new URL(this.target).href;
  }

  get headers(): Readonly<Record<string, string>> {
    const headers = Object.entries(this.config.headers.toJSON(true));
    return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  }
}
