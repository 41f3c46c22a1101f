import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { copyMembers } from './copy-members.js';
import { redactRequest } from './redact-request.js';

/**
 * A response as it came, except that its native request, which has the token in its text, is only for
 * whoever asks for it, and made fit to be shown then: a getter of the class is shown by neither loggers nor
 * `util.inspect`.
 *
 * A copy, as a property that becomes a getter makes an object slow for everybody.
 */
export class RedactedResponse implements AxiosResponse {
  data: unknown;
  status: number;
  statusText: string;
  headers: AxiosResponse['headers'];
  config: InternalAxiosRequestConfig;
  #request: unknown;

  constructor(response: AxiosResponse) {
    this.data = response.data;
    this.status = response.status;
    this.statusText = response.statusText;
    this.headers = response.headers;
    this.config = response.config;
    // What adapters of others add, and the request, by way of the setter.
    copyMembers<AxiosResponse>(response, this);
  }

  get request(): unknown {
    // What some libraries make of it is no response of ours: a proxy, or a deep copy that never ran the constructor.
    if (!(#request in this)) return undefined;
    redactRequest(this.#request);
    return this.#request;
  }

  set request(request: unknown) {
    this.#request = request;
  }
}
