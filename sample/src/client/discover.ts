import { formatJson } from './format.js';

const interesting = [
  'issuer',
  'token_endpoint',
  'jwks_uri',
  'grant_types_supported',
  'scopes_supported',
];

/** The part of the metadata (OpenID Connect Discovery) that matters here, or why there is none. */
export async function discover(issuer: string): Promise<string> {
  const address = `${issuer}/.well-known/openid-configuration`;
  const response = await fetch(address, { signal: AbortSignal.timeout(5_000) }).catch(
    (error: Error) => error,
  );
  if (response instanceof Error) {
    const { code }: { code?: string } = { ...Object(response.cause) };
    return `No answer from ${address}: ${code ?? response.message}`;
  }
  if (!response.ok) {
    return `${address} answered ${response.status}`;
  }
  const metadata: Record<string, unknown> = await response.json();
  return formatJson(Object.fromEntries(interesting.map((name) => [name, metadata[name]])));
}
