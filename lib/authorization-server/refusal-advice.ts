/** What to do about an error code of RFC 6749 section 5.2 or RFC 8707 section 2. */
export function adviceFor(oauthError: string, client: string, grantType: string): string {
  switch (oauthError) {
    case 'invalid_client':
      return `Check clientId and the secret, key or certificate of client '${client}', and that the server accepts its clientAuthentication.`;
    case 'invalid_scope':
      return `Check scope of client '${client}', and that the authorization server allows it to this clientId.`;
    case 'invalid_grant':
    case 'interaction_required':
    case 'login_required':
    case 'consent_required':
      return adviceForUser(client, grantType);
    case 'invalid_target':
      return `Check resource and audience of client '${client}', and that the authorization server knows them.`;
    case 'unauthorized_client':
    case 'unsupported_grant_type':
      return `Allow the grant type ${grantType} for the clientId of client '${client}' at the authorization server${grantType === 'client_credentials' ? '' : ', and the user to use it'}.`;
    default:
      return generalAdvice(client);
  }
}

/** What only somebody else can put right: the user, or whoever called. */
function adviceForUser(client: string, grantType: string): string {
  if (grantType === 'refresh_token') return 'The user has to sign in again.';
  if (/:(token-exchange|jwt-bearer)$/.test(grantType)) {
    return 'The server takes the access token of the caller no longer, or wants more of the user. Answer with 401, so that the caller gets a new token; details.claims are for its challenge.';
  }
  return generalAdvice(client);
}

function generalAdvice(client: string): string {
  return `Check scope, resource, audience and parameters of client '${client}'; the log of the authorization server may say more.`;
}
