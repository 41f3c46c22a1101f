/* The names of attributes, for metrics and spans alike. Each has few values: never a tenant, a user or a URL. */

export const CLIENT = 'nestjs_access_tokens.client.name';
export const GRANT_TYPE = 'nestjs_access_tokens.grant_type';
export const OUTCOME = 'nestjs_access_tokens.outcome';
export const LOOKUP_RESULT = 'nestjs_access_tokens.lookup.result';
/** As the semantic conventions of OpenTelemetry have it. */
export const ERROR_TYPE = 'error.type';
