import type { ExecutionContext } from '@nestjs/common';
import { setVerifiedToken } from '../../../common/verified-token.js';
import type { AccessToken } from '../../verification/access-token.js';
import type { RequestOfApplication } from '../../per-application.js';
import { VISIT, type Visit } from './request-visit.js';

const REPLY = Symbol('reply');

/** As much of an access rule as is told from others here. */
interface MetRule {
  /** Whether the same token may be answered otherwise the next time. */
  readonly changeable: boolean;
}

/** The visit, with what the guard notes of it. */
interface GuardedVisit extends Visit {
  readonly token: AccessToken;
  /** The rule that has been met, and where it was asked last. */
  rule?: MetRule;
  context?: ExecutionContext;
}

/** What the guard keeps on a request: under symbols, where nothing a client sends can reach. */
export interface RequestState extends RequestOfApplication {
  user?: unknown;
  [REPLY]?: object;
  [VISIT]?: GuardedVisit | undefined;
}

/** The token of a request, if this very verifier has verified it. */
export function tokenVerifiedBy(verifier: object, request: RequestState): AccessToken | undefined {
  const visit = request[VISIT];
  return visit?.verifier === verifier ? visit.token : undefined;
}

/** Attaches the verified token, as `request.user` too, where Passport users look for it. */
export function setToken(verifier: object, request: RequestState, token: AccessToken): void {
  request[VISIT] = { verifier, token };
  request.user = token;
  // For calls in the name of whoever sent it.
  setVerifiedToken(request, token);
}

/** Takes away what others than this verifier have found out about a request. */
export function forgetOthers(verifier: object, request: RequestState): void {
  const visit = request[VISIT];
  if (!visit || visit.verifier === verifier) return;
  request[VISIT] = undefined;
  if (request.user === visit.token) request.user = undefined;
}

/**
 * Whether this request has met this very rule already: a guard may run several times for one handler. What may be
 * answered otherwise the next time counts for the guards of that one handler only.
 */
export function isAdmitted(
  verifier: object,
  request: RequestState,
  rule: MetRule,
  context: ExecutionContext,
): boolean {
  const visit = request[VISIT];
  if (visit?.verifier !== verifier || visit.rule !== rule) return false;
  return !rule.changeable || visit.context === context;
}

/** Notes that the request has met the rule. Without a token there is nothing to remember. */
export function setAdmitted(request: RequestState, rule: MetRule, context: ExecutionContext): void {
  const visit = request[VISIT];
  if (!visit) return;
  visit.rule = rule;
  if (rule.changeable) visit.context = context;
}

/** The reply that belongs to a request of Fastify, once it has been noted. */
export function replyOf(request: RequestState): object | undefined {
  return request[REPLY];
}

/** Notes which reply belongs to a request. */
export function setReply(request: RequestState, reply: object): void {
  request[REPLY] = reply;
}
