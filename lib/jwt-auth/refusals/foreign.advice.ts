import { type AdviceCase, either } from './advice-case.js';

const GRAPH = /^(?:00000003-0000-0000-c000-000000000000|https:\/\/graph\.microsoft\.com\/?)$/;
const OKTA_ORG = /^https:\/\/[^/]+\.(?:okta|oktapreview|okta-emea)\.com\/?$/;

/** Tokens that nobody but their issuer can check, for whatever reason they are refused first. */
export const FOREIGN: readonly AdviceCase[] = [
  // Microsoft hashes `nonce` before it signs, so nobody else can check the signature.
  {
    name: 'graph',
    reasons: ['issuer', 'algorithm', 'key', 'signature', 'audience'],
    marks: [[['header.nonce', true]], [['aud', GRAPH]]],
    text: ({ audience }) =>
      `It is a token for Microsoft Graph (nonce in the header, or its aud), which only Graph can check. Let the client ask for a scope of this API, such as api://<client id of the API>/<scope>, so that aud is ${either(audience)}.`,
  },
  {
    name: 'okta org',
    reasons: ['issuer', 'key', 'signature', 'audience'],
    marks: [[['iss', OKTA_ORG]]],
    text: 'It comes from the org authorization server of Okta, whose access tokens only Okta can check. Let the client use a custom authorization server, such as https://<your domain>/oauth2/default, and set issuer to that.',
  },
];
