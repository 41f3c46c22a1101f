import { type AdviceCase, either } from './advice-case.js';
import { withoutSlash } from '../issuers/issuer-names.js';

const COGNITO = /^https:\/\/cognito-idp\./;

/** Tokens that their issuer has signed, for others than this API. */
export const AUDIENCE: readonly AdviceCase[] = [
  {
    name: 'cognito',
    reasons: ['audience'],
    marks: [
      [
        ['aud', false],
        ['iss', COGNITO],
      ],
      [
        ['aud', false],
        ['token_use', 'access'],
      ],
    ],
    text: "Access tokens of Amazon Cognito have no aud but client_id: set audienceClaims to ['aud', 'client_id'], and audience to the id of the client.",
  },
  {
    name: 'no aud, keycloak',
    reasons: ['audience'],
    marks: [
      [
        ['aud', false],
        ['realm_access', true],
      ],
      [
        ['aud', false],
        ['typ', 'Bearer'],
      ],
      [
        ['aud', false],
        ['resource_access', true],
      ],
    ],
    text: ({ audience }) => audienceMapper(audience),
  },
  {
    name: 'no aud',
    reasons: ['audience'],
    marks: [[['aud', false]]],
    text: ({ audience }) =>
      `Let the authorization server put this API (${either(audience)}) into aud: the client asks for it by audience, resource or scope (Keycloak: an audience mapper). Where it names the client instead, see audienceClaims.`,
  },
  {
    name: 'keycloak account',
    reasons: ['audience'],
    marks: [[['aud', 'account']]],
    text: ({ audience }) =>
      `${audienceMapper(audience)} Never set audience to 'account': nearly all tokens of the realm have it.`,
  },
  {
    name: 'audience slash',
    reasons: ['audience'],
    when: ({ claims, audience }) =>
      [claims['aud']]
        .flat()
        .some(
          (aud) =>
            typeof aud === 'string' && audience.map(withoutSlash).includes(withoutSlash(aud)),
        ),
    text: 'The two differ by the trailing slash only: set audience to what the token has.',
  },
  {
    name: 'entra audience',
    reasons: ['audience'],
    marks: [
      [
        ['tid', true],
        ['ver', /^[12]\.0$/],
      ],
    ],
    text: 'In tokens of Microsoft Entra of version 2.0 aud is the client id of the API, in those of version 1.0 its application ID URI (api://…): set audience to what the token has, or to both, if that is this API.',
  },
  {
    name: 'auth0',
    reasons: ['audience'],
    marks: [[['aud', /\/(?:userinfo|api\/v2\/)$/]]],
    text: ({ audience }) =>
      `It is for the authorization server itself. Let the client ask for this API: Auth0 by the parameter audience, ${either(audience)}.`,
  },
  {
    name: 'okta default',
    reasons: ['audience'],
    marks: [[['aud', 'api://default']]],
    text: "'api://default' is the audience of the authorization server 'default' of Okta. Give this API an authorization server with an audience of its own; or set audience to 'api://default' where there is no other API.",
  },
  {
    name: 'audience',
    reasons: ['audience'],
    text: 'Let the client ask for a token for this API, by audience, resource or scope. Set audience to what the token has only if that is a name of this API, and of no other.',
  },
];

function audienceMapper(audience: readonly string[]): string {
  return `Keycloak: add an audience mapper for ${either(audience)} to the client or to one of its client scopes (Add mapper, By configuration, Audience).`;
}
