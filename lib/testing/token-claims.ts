import { randomUUID } from 'node:crypto';
import type { ResolvedIssuer } from '../jwt-auth/options/resolved-issuer.js';
import {
  type ClaimKeys,
  type ClaimPath,
  isClaimKeys,
  nameOf,
} from '../jwt-auth/verification/claim-path.js';
import { TestKitError } from './test-kit.error.js';

/**
 * What a token of a test says, whatever the authorization server calls it: each part is put into the claim in which the
 * application looks for it (`scopeClaims`, `roleClaims`, `permissionClaims`, `audienceClaims`).
 */
export interface TestTokenClaims {
  /** The user that it speaks for (`sub`). Without one, it is a token of the client itself. */
  subject?: string | undefined;
  /** The client that it was issued to. @defaultValue `'tests'` */
  clientId?: string | undefined;
  /** One scope, several with spaces between them, or a list. @defaultValue none */
  scope?: string | readonly string[] | undefined;
  /** @defaultValue none */
  roles?: readonly string[] | undefined;
  /** @defaultValue none */
  permissions?: readonly string[] | undefined;
  /** Which of the issuers that the application trusts, or one that it does not. @defaultValue the first one */
  issuer?: string | undefined;
  /** Whom it is meant for. @defaultValue this application */
  audience?: string | readonly string[] | undefined;
  /** How long it is good, from now on by the clock of the kit. Negative: it has ended. @defaultValue 300 */
  expiresInSeconds?: number | undefined;
  /** Claims as they are to stand in the token, on top of all others; `undefined` takes one away. */
  raw?: Readonly<Record<string, unknown>> | undefined;
  /** Parameters of the header in the same way, such as `{ typ: 'JWT' }`. */
  header?: Readonly<Record<string, unknown>> | undefined;
}

const LIFETIME_SECONDS = 300;

type Payload = Record<string, unknown>;

/** The claims of a token, as the issuer with these rules would write them. */
export function payloadOf(claims: TestTokenClaims, rules: ResolvedIssuer, nowMs: number): Payload {
  const { clientId = 'tests', scope, expiresInSeconds = LIFETIME_SECONDS } = claims;
  const iat = Math.floor(nowMs / 1000);
  const payload: Payload = {
    iss: claims.issuer ?? rules.issuer,
    sub: claims.subject ?? clientId,
    client_id: clientId,
    iat,
    exp: iat + expiresInSeconds,
    jti: randomUUID(),
  };
  placeAudience(payload, claims.audience ?? rules.audience[0], rules);
  if (scope !== undefined) place(payload, 'scope', rules.scopeClaims, [scope].flat().join(' '));
  if (claims.roles) place(payload, 'roles', rules.roleClaims, claims.roles);
  if (claims.permissions) place(payload, 'permissions', rules.permissionClaims, claims.permissions);
  return withRaw(payload, claims.raw);
}

/** The header of a token that says what it is (RFC 9068 section 2.1). */
export function headerOf(claims: TestTokenClaims, alg: string, kid: string): Payload {
  return withRaw({ alg, kid, typ: 'at+jwt' }, claims.header);
}

function placeAudience(
  payload: Payload,
  audience: string | readonly string[] | undefined,
  { audienceClaims: [path = 'aud'], issuer }: ResolvedIssuer,
): void {
  if (audience === undefined) {
    throw new TestKitError(
      `audience: missing. The application does not say which audience tokens of ${issuer} have: give it with the token, or call await tokens.lookUp('${issuer}') first.`,
    );
  }
  // Some servers name themselves or the client there, which the token has already.
  if (nameOf(path) === 'iss') return;
  putAt(payload, path, nameOf(path) === 'aud' ? audience : [audience].flat()[0]);
}

function place(
  payload: Payload,
  option: string,
  [claim]: readonly (ClaimPath | ClaimKeys)[],
  value: string | readonly string[],
): void {
  if (claim === undefined)
    throw new TestKitError(`${option}: the application reads them from no claim. Use raw.`);
  if (!isClaimKeys(claim)) putAt(payload, claim, value);
  else putAt(payload, claim.path, Object.fromEntries([value].flat().map((name) => [name, {}])));
}

function putAt(payload: Payload, path: ClaimPath, value: unknown): void {
  const names = typeof path === 'string' ? [path] : path;
  const last = names.at(-1) ?? '';
  let inner = payload;
  for (const name of names.slice(0, -1)) {
    const next: Payload = Object.assign({}, inner[name]);
    inner[name] = next;
    inner = next;
  }
  inner[last] = value;
}

function withRaw(members: Payload, raw: TestTokenClaims['raw']): Payload {
  const all = Object.entries({ ...members, ...raw });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
