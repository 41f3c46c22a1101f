import type { AccessToken } from '../jwt-auth/verification/access-token.js';
import type { ResolvedIssuer } from '../jwt-auth/options/resolved-issuer.js';
import { VerifiedAccessToken } from '../jwt-auth/verification/verified-access-token.js';
import { checkAudience } from '../jwt-auth/verification/check-claims.js';
import { mapClaims } from '../jwt-auth/verification/claim-mapping.js';
import { decodeToken } from '../jwt-auth/verification/decode-token.js';
import { subjectKindOf } from '../jwt-auth/verification/subject-kind.js';

/** What the application makes of a token that it finds good. */
export function makeAccessToken(raw: string, rules: ResolvedIssuer): AccessToken {
  const decoded = decodeToken(raw);
  const { claims } = decoded;
  return new VerifiedAccessToken(raw, {
    issuer: rules.issuer,
    audience: checkAudience(claims, rules),
    ...mapClaims(claims, rules),
    claims,
    subjectKind: subjectKindOf(decoded, rules.subjectKind),
    expiresAtSeconds: Number(claims['exp']),
  });
}
