import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { tokenOf } from '../transports/http/request-visit.js';
import type { JwtClaims } from './decode-token.js';

/**
 * A verified access token: what `@AccessToken()` gives, what `request.user` is, and what
 * {@link TokenVerifier.verify} resolves to. Printing it, as text or JSON, never shows the token itself.
 */
export interface AccessToken<Claims = JwtClaims> {
  /** Who issued it (`iss`). */
  readonly issuer: string;
  /** Whom it speaks for (`sub`): the user, or the client itself where no user is involved. */
  readonly subject: string | undefined;
  /** The client that it was issued to: `client_id` (RFC 9068), or `azp`, `cid`, `appid` of servers from before it. */
  readonly clientId: string | undefined;
  /** Whom it is meant for (`aud`), always as a list. */
  readonly audience: readonly string[];
  /**
   * What it allows, with what `impliedScopes` adds. The scopes as they were granted are in the claims. This
   * set and those below cannot be changed.
   */
  readonly scopes: ReadonlySet<string>;
  /** The roles that the claims of `roleClaims` name. */
  readonly roles: ReadonlySet<string>;
  /** The permissions that the claims of `permissionClaims` name. */
  readonly permissions: ReadonlySet<string>;
  /**
   * Whether it speaks for the user in `sub`. Only where something says so: a session (`sid`, `amr`), the grant, marks of
   * well-known servers, RFC 9068 with another `sub` than the client, or the option `subjectKind`. Where that is not
   * sure, both this and `isClient` are false.
   */
  readonly isUser: boolean;
  /**
   * Whether a client, a workload or an agent got it for itself, with no user: `sub` is the client (RFC 9068 section 5),
   * or the server says so in its own way, and nothing in it comes from a login; or `subjectKind` says so.
   */
  readonly isClient: boolean;
  /** All claims, or what `claimsSchema` made of them: frozen and without prototypes. */
  readonly claims: Claims;
  /** When it ends (`exp`). */
  readonly expiresAt: Date;
  /** Whether it allows `scope`: exactly this one, in this case of letters. */
  hasScope(scope: string): boolean;
  /** Whether it names `role`: exactly this one, in this case of letters. */
  hasRole(role: string): boolean;
  /** Whether it names `permission`: exactly this one, in this case of letters. */
  hasPermission(permission: string): boolean;
  /** The token as it came. Not enumerable, in no JSON and in no log; do not pass it on to other services. */
  readonly raw: string;
}

/**
 * Gives a handler the verified access token of the request; `undefined` when there is none, as
 * with `@Public()` and `@OptionalAuth()`.
 *
 * @example
 * ```ts
 * @Get('me')
 * me(@AccessToken() token: AccessToken) {
 *   return token.subject;
 * }
 * ```
 */
export const AccessToken: () => ParameterDecorator = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.getType() === 'http' ? tokenOf(context.switchToHttp().getRequest<object>()) : undefined,
);
