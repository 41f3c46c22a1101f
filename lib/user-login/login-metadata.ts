import { BackchannelError } from '../authorization-server/http/backchannel.js';
import { oneLine } from '../common/excerpt.js';
import type { IssuerMetadata } from '../authorization-server/issuer-metadata.js';
import { isJsonObject } from '../common/json.js';

/** What signing in needs to know of an authorization server. */
export interface LoginMetadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly pushed_authorization_request_endpoint?: string;
  readonly end_session_endpoint?: string;
  readonly authorization_response_iss_parameter_supported?: boolean;
  readonly id_token_signing_alg_values_supported?: string[];
  readonly token_endpoint_auth_methods_supported?: string[];
}

/**
 * @param withCertificate where clients go that are known by a TLS certificate (RFC 8705 section 5)
 * @throws {BackchannelError} where it says too little for anybody to sign in
 */
export function loginMetadata(found: IssuerMetadata, withCertificate: boolean): LoginMetadata {
  const { issuer } = found;
  const needed = (name: string): string => {
    const value = found[name];
    if (typeof value === 'string') return value;
    throw new BackchannelError(
      `the metadata of ${oneLine(issuer)} has no ${name} that may be used`,
    );
  };
  const alias = (name: string) => (withCertificate ? aliasIn(found, name) : undefined);
  const pushed =
    alias('pushed_authorization_request_endpoint') ??
    found['pushed_authorization_request_endpoint'];
  const endSession = found['end_session_endpoint'];
  const algorithms = found['id_token_signing_alg_values_supported'];
  const methods = found['token_endpoint_auth_methods_supported'];
  return {
    issuer,
    authorization_endpoint: needed('authorization_endpoint'),
    token_endpoint: alias('token_endpoint') ?? needed('token_endpoint'),
    jwks_uri: needed('jwks_uri'),
    ...(typeof pushed === 'string' && { pushed_authorization_request_endpoint: pushed }),
    ...(typeof endSession === 'string' && { end_session_endpoint: endSession }),
    ...(found['authorization_response_iss_parameter_supported'] === true && {
      authorization_response_iss_parameter_supported: true,
    }),
    ...(isTexts(methods) && { token_endpoint_auth_methods_supported: [...methods] }),
    ...(isTexts(algorithms) && { id_token_signing_alg_values_supported: [...algorithms] }),
  };
}

function aliasIn({ mtls_endpoint_aliases: aliases }: IssuerMetadata, name: string) {
  const alias = isJsonObject(aliases) ? aliases[name] : undefined;
  return typeof alias === 'string' && alias.startsWith('https://') && URL.canParse(alias)
    ? alias
    : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
