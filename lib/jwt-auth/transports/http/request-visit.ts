import type { VerifiedToken } from '../../../common/verified-token.js';
import { PerApplication, type RequestOfApplication } from '../../per-application.js';

export const VISIT = Symbol('visit');

/** What one application knows of a request. Another one in the same process, which may get it too, asks anew. */
export interface Visit {
  /** Who has verified the token. */
  readonly verifier: object;
  readonly token: VerifiedToken;
}

/** A request, with the visit under a symbol, where nothing that a client sends can reach. */
interface VisitedRequest extends RequestOfApplication {
  readonly [VISIT]?: Visit | undefined;
}

/** Who verifies tokens for each application. */
export const verifiers = new PerApplication<object>();

/** The token of a request that the application which the request is of has verified, if any. */
export function tokenOf(request: VisitedRequest): VerifiedToken | undefined {
  const visit = request[VISIT];
  if (!visit) return undefined;
  const { app, server } = request;
  // Other adapters do not say whose a request is.
  const isOurs = !(app ?? server) || verifiers.of(request) === visit.verifier;
  return isOurs ? visit.token : undefined;
}
