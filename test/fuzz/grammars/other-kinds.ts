import fc from 'fast-check';

/** A token that an authorization server signs with the keys of its access tokens, and that is none. */
export interface OtherKind {
  readonly typ: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

const text = fc.string({ minLength: 1, maxLength: 8 });
const seconds = fc.nat(2_000_000_000);

/** What access tokens have, and others may have as well. */
const COMMON = {
  sub: text,
  jti: text,
  org_id: text,
  ver: fc.constantFrom('1.0', '2.0', 1),
  roles: fc.array(text, { maxLength: 3 }),
  permissions: fc.array(text, { maxLength: 3 }),
};
const GRANTED = {
  scope: fc.constantFrom('read', 'read write', 'openid read', 'openid', ''),
  scp: fc.constantFrom(['read'], 'read', []),
  client_id: text,
  azp: text,
  cid: text,
};
const OF_LOGINS = {
  auth_time: seconds,
  acr: text,
  amr: fc.array(text),
  sid: text,
  session_state: text,
};
const OF_PEOPLE = {
  name: text,
  given_name: text,
  family_name: text,
  preferred_username: text,
  email: text,
  email_verified: fc.boolean(),
  picture: text,
  locale: text,
  phone_number: text,
  address: fc.constant({}),
  birthdate: text,
  updated_at: seconds,
};

/** None of them, or some. */
function some(model: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  return fc.record({ ...model }, { requiredKeys: [] });
}

/** One of them. */
function oneOf(model: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  return fc.oneof(...Object.entries(model).map(([name, value]) => fc.record({ [name]: value })));
}

function merged(...parts: fc.Arbitrary<object>[]): fc.Arbitrary<Record<string, unknown>> {
  return fc.tuple(...parts).map((all) => Object.assign({}, ...all));
}

/** Marks of their own: whatever is beside them, they are no access tokens. */
const refreshed = fc.constantFrom('refresh', 'refresh_token', 'Refresh-Token', 'offline');
const identified = fc.constantFrom('id', 'id_token', 'ID', 'IdToken');
const KIND_NAMES = [
  'typ',
  'token_use',
  'tokenUse',
  'token_type',
  'token_kind',
  'token_class',
  'type',
];
const marks = fc.oneof(
  oneOf({ at_hash: text, c_hash: text, s_hash: text }),
  fc.record({ code: text, state: text }),
  fc.record({ error: text, state: text }),
  oneOf({
    jwks: fc.constant({ keys: [] }),
    authority_hints: fc.array(text),
    trust_marks: fc.array(text),
  }),
  fc.record({ metadata: fc.constant({ openid_relying_party: {} }) }),
  fc.record({
    active: fc.boolean(),
    token_type: fc.constantFrom('Bearer', 'DPoP', 'access_token'),
  }),
  fc.record({ active: fc.boolean(), username: text }),
  fc.record({ token_introspection: fc.constant({ active: true }) }),
  oneOf({ auth_req_id: text, client_notification_token: text, login_hint_token: text }),
  oneOf({ 'urn:openid:params:jwt:claim:auth_req_id': text, device_code: text }),
  fc.record({ events: fc.constant({ 'http://schemas.openid.net/event/backchannel-logout': {} }) }),
  oneOf(Object.fromEntries(KIND_NAMES.map((name) => [name, fc.oneof(refreshed, identified)]))),
  oneOf({ ati: text, redirect_uri: text, htu: text, vct: text }),
);

const marked: fc.Arbitrary<OtherKind> = fc.record({
  typ: fc.constantFrom(undefined, 'JWT', 'at+jwt', 'application/at+jwt'),
  claims: merged(some(COMMON), some(GRANTED), some(OF_LOGINS), some(OF_PEOPLE), marks),
});

const typed: fc.Arbitrary<OtherKind> = fc.record({
  typ: fc.constantFrom(
    'logout+jwt',
    'token-introspection+jwt',
    'rt+jwt',
    'entity-statement+jwt',
    'JOSE',
    '',
  ),
  claims: merged(some(COMMON), some(GRANTED), some(OF_LOGINS)),
});

/** ID tokens and answers of the userinfo endpoint have no marks: they are for the client, and about somebody. */
function aboutSomebody(audience: string): fc.Arbitrary<OtherKind> {
  const client = fc.constant(audience);
  const named = oneOf({ azp: client, client_id: client, cid: client });
  const forClient = fc.constantFrom<unknown>(audience, [audience], [audience, 'other']);
  const identity = fc.constantFrom('openid', 'openid profile email', 'email', '');
  const about = fc.oneof(oneOf(OF_LOGINS), oneOf(OF_PEOPLE), fc.record({ nonce: text }));
  const more = [some(COMMON), some(OF_LOGINS), some(OF_PEOPLE), about];
  return fc.record({
    typ: fc.constantFrom(undefined, 'JWT', 'jwt'),
    claims: fc.oneof(
      merged(...more, named, fc.record({ aud: forClient }), some({ scope: identity, nonce: text })),
      // Without a client a scope would say that it is for an API, unless there is a nonce.
      merged(...more, fc.record({ aud: forClient })),
      merged(...more, fc.record({ aud: forClient, nonce: text, scope: identity })),
    ),
  });
}

export function otherKind(audience: string): fc.Arbitrary<OtherKind> {
  return fc.oneof(marked, typed, aboutSomebody(audience));
}
