import type { BackchannelRoute } from '../../authorization-server/http/backchannel-route.js';

/** How metadata and keys are fetched. */
export interface KeyBackchannelOptions extends BackchannelRoute {
  /**
   * Headers of every request, `Authorization` included: values, or a function that is asked for them before each request,
   * for what changes, such as the token of a pod. They go to the origin of `issuer`, or of `jwksUri` where it is given, and
   * to no other, whatever the metadata say. What the function throws is not repeated.
   */
  headers?: BackchannelRoute['headers'];
  /**
   * The longest that one request for metadata or for keys may take, in milliseconds. A token that needs both waits no
   * longer than twice that.
   *
   * @defaultValue 5_000
   */
  timeoutMs?: number | undefined;
}

/** How authorization servers are reached. Each option can be given for all issuers or for one of them. */
export interface ReachOptions {
  /**
   * The way to metadata and keys: authorities, a proxy, headers, a time limit. What an issuer does not say of its own
   * counts as it is said for all. Headers that are given for all issuers go to all of them: put a credential into the
   * options of the issuer that it is for.
   */
  backchannel?: KeyBackchannelOptions | undefined;

  /**
   * Lets metadata and keys come over plain http from other hosts than loopback. Whoever can write into
   * that network can then forge tokens.
   *
   * @defaultValue false
   */
  allowInsecureHttp?: boolean | undefined;
}
