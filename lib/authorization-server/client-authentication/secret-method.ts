/** The ways to send a secret, by their registered names. */
export type SecretMethod = 'client_secret_basic' | 'client_secret_post';

/**
 * How a secret is sent where the options do not say: in the way that the metadata of the server lists (RFC 8414 section 2).
 * Basic where it lists both or neither, as every server has to know that (RFC 6749 section 2.3.1).
 */
export function secretMethodFor(listed: unknown): SecretMethod {
  const methods: unknown[] = Array.isArray(listed) ? listed : [];
  const onlyPost =
    methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
  return onlyPost ? 'client_secret_post' : 'client_secret_basic';
}
