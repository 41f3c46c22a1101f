/** The same tenant or realm at another server name: as seen from inside and outside of a network, with and without TLS. */
export function isSameByAnotherName(iss: unknown, trusted: string): boolean {
  const [found, known] = [urlOf(iss), urlOf(trusted)];
  if (!found || !known || found.origin === known.origin) return false;
  return found.pathname.length > 1 && found.pathname === known.pathname;
}

/** Keycloak before version 17, or as it was then set up, had all realms below `/auth`. */
export function differsByAuthPath(iss: unknown, trusted: string): boolean {
  const [found, known] = [urlOf(iss), urlOf(trusted)];
  if (!found || !known || found.origin !== known.origin) return false;
  return [found.pathname, known.pathname].some(
    (path, i, paths) => path === `/auth${paths[1 - i]}` && path.startsWith('/auth/realms/'),
  );
}

/** Whether two issuers are at the same server. */
export function isSameServer(iss: unknown, trusted: string): boolean {
  const found = urlOf(iss);
  return found !== undefined && found.origin === urlOf(trusted)?.origin;
}

/** Names that stand for all tenants of Microsoft Entra. No token has them in `iss`. */
export function isForAllTenants(trusted: string): boolean {
  return /^\/(?:common|organizations|consumers)(?:\/|$)/.test(urlOf(trusted)?.pathname ?? '');
}

/** Azure AD B2C: below the name of the server come the tenant by its name, and a policy, which `iss` has not. */
export function isMetadataOfB2C(trusted: string): boolean {
  return /\.onmicrosoft\.com\/|\/b2c_1a?_/i.test(urlOf(trusted)?.pathname ?? '');
}

/** For names that differ by the slash at their end only. */
export function withoutSlash(name: string): string {
  return name.endsWith('/') ? name.slice(0, -1) : name;
}

function urlOf(text: unknown): URL | undefined {
  return typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
}
