import { type ClaimMark, hasAnyMarks, hasMark } from './claim-mark.js';
import { clientIdsOf, isNamedAsClient, resemblesClient, serviceAccountOf } from './client-names.js';
import type { DecodedToken, JwtClaims } from './decode-token.js';
import { scopesOf } from './scopes.js';
import * as marks from './subject-marks.js';
import { isTypedAccessToken } from './token-type.js';
import { isWorkload } from './workload.js';

const GOOGLE = [marks.GOOGLE_ACCOUNT];

/** Whom a token speaks for; nothing where that is not sure. */
export type SubjectKind = 'user' | 'client' | undefined;

/** Whom the tokens of an issuer speak for, as far as the configuration says so. */
export interface SubjectMarks {
  /** Any one of these: the token speaks for a client. Together with one of `user` it speaks for neither. */
  readonly client?: readonly ClaimMark[] | undefined;
  /** Any one of these: the token speaks for the user in `sub`. */
  readonly user?: readonly ClaimMark[] | undefined;
  /**
   * What holds where none of them is there, nor any sign that is known of well-known servers.
   *
   * @defaultValue what `sub` and the client say, where that is sure
   */
  readonly otherwise?: 'user' | 'client' | 'none' | undefined;
}

/** `'user'` or `'client'`: all tokens of the issuer are of this kind. */
export type SubjectKindRule = 'user' | 'client' | SubjectMarks;

/** `'none'`: that is sure to be unsure. Nothing: no sign yet. */
type Verdict = 'user' | 'client' | 'none' | undefined;

/**
 * Tells the tokens of users and of clients apart, by positive signs.
 *
 * Names of clients and of users come from different hands, and may be the same (RFC 9700 section 4.15): a
 * client whose name is the `sub` of a user must not pass for that user, nor a user with the name of a client
 * for that client. And there is much that is neither a person nor a registered client: workloads, jobs, agents. So
 * nothing is taken for granted: a token of which nothing says whom it speaks for, or whose signs
 * contradict each other, speaks for neither.
 */
export function subjectKindOf(token: DecodedToken, rule: SubjectKindRule = {}): SubjectKind {
  const { sub } = token.claims;
  if (sub !== undefined && (typeof sub !== 'string' || sub === '')) return undefined;
  const kind = typeof rule === 'string' ? rule : verdictOf(token, rule);
  if (kind === 'client') return kind;
  // A user without a name is nobody.
  return kind === 'user' && sub !== undefined ? kind : undefined;
}

function verdictOf(token: DecodedToken, rule: SubjectMarks): Verdict {
  const has = (mark: ClaimMark) => hasMark(token, mark);
  return (
    only(rule.client?.some(has), rule.user?.some(has)) ??
    (hasAnyMarks(token, marks.ANONYMOUS) ? (rule.otherwise ?? 'none') : said(token)) ??
    rule.otherwise ??
    concluded(token)
  );
}

/** What the server says in its own words. */
function said(token: DecodedToken): Verdict {
  const grantedToUser = hasAnyMarks(token, marks.GRANTED_TO_USER);
  if (hasAnyMarks(token, marks.GRANTED_TO_CLIENT)) return grantedToUser ? 'none' : 'client';
  const session = grantedToUser || hasAnyMarks(token, marks.SESSION_OF_USER);
  const account = serviceAccountOf(token.claims);
  if (account === 'another') return 'none';
  const named = isNamedAsClient(token.claims);
  if (account || named) {
    const doubtful = session || hasLogin(token.claims);
    const personal = named && hasAnyMarks(token, marks.PERSONAL) && !hasAnyMarks(token, GOOGLE);
    return doubtful || personal ? 'none' : 'client';
  }
  const workload = isWorkload(token);
  if (workload === 'perhaps' || hasAnyMarks(token, marks.LIKE_MACHINE)) return 'none';
  return only(workload || isEntraApplication(token), session);
}

/** What follows from `sub` and the client, where it follows. */
function concluded(token: DecodedToken): Verdict {
  const { claims } = token;
  if (hasAnyMarks(token, marks.INSCRUTABLE) || isOfZitadel(claims)) return 'none';
  const asksWho = () => scopesOf(claims, ['scope', 'scp']).has('openid');
  if (claims['sub'] === undefined) return isOfClient(token) && !asksWho() ? 'client' : 'none';
  if (resemblesClient(claims)) return 'none';
  const isUser =
    // RFC 9068 section 2.2: in the token of a client `sub` is what the server knows the client by.
    (isTypedAccessToken(token.header) && claims['delegationId'] === undefined) ||
    // Only a user can be identified. Servers that grant it to clients all the same say more than this.
    asksWho() ||
    hasAnyMarks(token, marks.NAME_OF_USER);
  return isUser ? 'user' : 'none';
}

/** A client without `sub`: Duende, PingOne, ADFS, Authelia. No sign on its own, as Keycloak leaves out that of users. */
function isOfClient(token: DecodedToken): boolean {
  const { claims } = token;
  const [id] = clientIdsOf({ ...claims, ...(isTypedAccessToken(token.header) ? {} : { azp: '' }) });
  return id !== undefined && !isPersonal(token);
}

/** Whether a login has left a trace. ADFS writes an `auth_time` for clients as well, as a text. */
function hasLogin({ auth_time: time, token_use: use, username }: JwtClaims): boolean {
  // Amazon Cognito has it for clients, but a user name for users alone.
  const isCognito = use === 'access' && username === undefined;
  return time !== undefined && typeof time !== 'string' && !isCognito;
}

/** Microsoft Entra, where `idtyp` is not switched on: users have a `sub` for each application, applications their `oid`. */
function isEntraApplication(token: DecodedToken): boolean {
  const { claims } = token;
  const { oid, sub, scp } = claims;
  const isOwn = oid !== undefined && oid === sub && scp === undefined;
  return isOwn && clientIdsOf(claims).length > 0 && !isPersonal(token);
}

function isPersonal(token: DecodedToken): boolean {
  return hasLogin(token.claims) || hasAnyMarks(token, marks.PERSONAL);
}

/** The names of its claims hold the numbers of projects. */
function isOfZitadel(claims: JwtClaims): boolean {
  return Object.keys(claims).some((name) => name.startsWith('urn:zitadel:'));
}

function only(client: boolean | undefined, user: boolean | undefined): Verdict {
  if (client && user) return 'none';
  if (client) return 'client';
  return user ? 'user' : undefined;
}
