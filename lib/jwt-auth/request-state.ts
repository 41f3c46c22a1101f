import { setVerifiedToken } from '../common/verified-token.js';
import type { AccessRule } from './access-rule.js';
import type { AccessToken } from './access-token.js';

const TOKEN = Symbol('access token');
const REPLY = Symbol('reply');
const ADMITTED = Symbol('rule that has been met');

/** What the guard keeps on a request: under symbols, where nothing a client sends can reach. */
export interface RequestState {
  user?: unknown;
  [REPLY]?: object;
  [TOKEN]?: AccessToken | undefined;
  [ADMITTED]?: AccessRule;
}

/** The verified token of a request, if it has one. */
export function tokenOf(request: RequestState): AccessToken | undefined {
  return request[TOKEN];
}

/** Attaches the verified token, as `request.user` too, where Passport users look for it. */
export function setToken(request: RequestState, token: AccessToken): void {
  request[TOKEN] = token;
  request.user = token;
  // For calls in the name of whoever sent it.
  setVerifiedToken(request, token);
}

/** Whether this request has met this very rule already: a guard may run several times for one handler. */
export function isAdmitted(request: RequestState, rule: AccessRule): boolean {
  return request[ADMITTED] === rule;
}

/** Notes that the request has met the rule. */
export function setAdmitted(request: RequestState, rule: AccessRule): void {
  request[ADMITTED] = rule;
}

/** The reply that belongs to a request of Fastify, once it has been noted. */
export function replyOf(request: RequestState): object | undefined {
  return request[REPLY];
}

/** Notes which reply belongs to a request. */
export function setReply(request: RequestState, reply: object): void {
  request[REPLY] = reply;
}
