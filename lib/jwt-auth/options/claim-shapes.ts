import type { JwtAuthOptions } from './jwt-auth.options.js';
import { freezePlain } from '../verification/freeze-json.js';

/**
 * Where well-known authorization servers put audience, scopes, roles and permissions: options to be spread into
 * those of {@link JwtAuthModule}. Data, no more: change or extend what your server does differently.
 *
 * @example
 * ```ts
 * JwtAuthModule.forRoot({ issuer, audience, ...CLAIM_SHAPES.keycloak })
 * ```
 */
export const CLAIM_SHAPES = {
  /** Roles of the realm. Those of a client: add the path `['resource_access', '<client id>', 'roles']`. */
  keycloak: { roleClaims: [['realm_access', 'roles']] },
  /** App roles, of users and of applications. */
  entra: { scopeClaims: ['scp'], roleClaims: ['roles'] },
  /** Permissions, with "Add Permissions in the Access Token"; roles only in a claim that an Action adds. */
  auth0: { permissionClaims: ['permissions'] },
  /** Groups of the user pool. Without resource binding, access tokens name the app client and no audience. */
  cognito: { audienceClaims: ['aud', 'client_id'], roleClaims: ['cognito:groups'] },
  /** Groups, with a groups claim on a custom authorization server. */
  okta: { scopeClaims: ['scp'], roleClaims: ['groups'] },
  /** The claim that `JwtClaimTypes.Role` names, where the API resource or scope asks for it. */
  duende: { roleClaims: ['role'] },
  /** Roles of the project that the client belongs to, which are the names in an object. */
  zitadel: { roleClaims: [{ path: 'urn:zitadel:iam:org:project:roles', keys: true }] },
} as const satisfies Record<string, ClaimShape>;

freezePlain(CLAIM_SHAPES);

/** The options that say where claims are. */
export type ClaimShape = Pick<
  JwtAuthOptions,
  'audienceClaims' | 'scopeClaims' | 'roleClaims' | 'permissionClaims'
>;
