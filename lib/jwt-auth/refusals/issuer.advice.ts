import { excerpt } from '../../common/excerpt.js';
import type { AdviceCase } from './advice-case.js';
import {
  differsByAuthPath,
  isForAllTenants,
  isMetadataOfB2C,
  isSameByAnotherName,
  isSameServer,
  withoutSlash,
} from '../issuers/issuer-names.js';

const ENTRA_V1 = /^https:\/\/sts\.(?:windows\.net|chinacloudapi\.cn|microsoftonline\.\w+)\//;
const ENTRA_V2 = /^https:\/\/login\.(?:microsoftonline\.\w+|partner\.microsoftonline\.cn)\//;

/** Tokens of an issuer that is not trusted. */
export const ISSUER: readonly AdviceCase[] = [
  {
    name: 'slash',
    reasons: ['issuer'],
    issuer: (iss, trusted) =>
      typeof iss === 'string' && withoutSlash(iss) === withoutSlash(trusted),
    text: ({ claims }) => `Set issuer to ${excerpt(claims['iss'])}.`,
  },
  {
    name: 'all tenants',
    reasons: ['issuer'],
    issuer: (iss, trusted) =>
      isForAllTenants(trusted) && (isSameServer(iss, trusted) || isEntra(iss)),
    text: 'Tokens name the issuer of their own tenant, never common, organizations or consumers. Give resolveIssuer, which says of each tenant whether it is trusted, in place of issuer.',
  },
  {
    name: 'entra v1',
    reasons: ['issuer'],
    marks: [[['iss', ENTRA_V1]]],
    when: ({ trusted }) => trusted.some((name) => ENTRA_V2.test(name)),
    text: 'It is a token of version 1.0 of Microsoft Entra, and issuer is that of version 2.0. Set requestedAccessTokenVersion to 2 in the manifest of the API, or name both in issuers.',
  },
  {
    name: 'entra v2',
    reasons: ['issuer'],
    marks: [[['iss', ENTRA_V2]]],
    when: ({ trusted }) => trusted.some((name) => ENTRA_V1.test(name)),
    text: 'It is a token of version 2.0 of Microsoft Entra, and issuer is that of version 1.0: set issuer to https://login.microsoftonline.com/<tenant id>/v2.0.',
  },
  {
    name: 'b2c',
    reasons: ['issuer'],
    when: ({ trusted }) => trusted.some(isMetadataOfB2C),
    text: 'Azure AD B2C has its metadata elsewhere than below its issuer: set issuer to what its tokens say, and jwksUri to the jwks_uri of the metadata.',
  },
  {
    name: 'another name',
    reasons: ['issuer'],
    issuer: isSameByAnotherName,
    text: 'If both are names of the same server, set issuer to the one that tokens have, and jwksUri to a URL of its keys that can be reached from here; or give the server one name for all (Keycloak: hostname).',
  },
  {
    name: 'auth path',
    reasons: ['issuer'],
    issuer: differsByAuthPath,
    text: 'The two differ by /auth, which only older Keycloak servers have: set issuer to what tokens say.',
  },
  {
    name: 'issuer',
    reasons: ['issuer'],
    text: 'If its tokens are to be accepted, name it in issuer or issuers exactly as it stands here; tenants in resolveIssuer.',
  },
];

function isEntra(iss: unknown): boolean {
  return typeof iss === 'string' && (ENTRA_V1.test(iss) || ENTRA_V2.test(iss));
}
