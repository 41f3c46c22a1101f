/** How the token is put on a call, for APIs that want it otherwise than in `Authorization: Bearer …` (RFC 6750 section 2.1). */
export interface SendAs {
  /** The header, such as `X-Shopify-Access-Token`. @defaultValue 'Authorization' */
  header?: string | undefined;
  /**
   * What stands before the token, such as `Zoho-oauthtoken`; `''` for nothing.
   *
   * @defaultValue 'Bearer' in `Authorization`, nothing in another header
   */
  scheme?: string | undefined;
}
