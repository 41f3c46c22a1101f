import { AdvisedBackchannelError } from '../../authorization-server/http/backchannel.js';
import { excerpt } from '../../common/excerpt.js';
import { MetadataError } from '../../authorization-server/issuer-metadata.js';
import { withoutSlash } from '../issuers/issuer-names.js';

/** Where the keys of an issuer are looked for. */
export type KeyOrigin = 'metadata' | 'jwksUri' | 'jwksClient';

const RUNNING = 'Is the authorization server running, and is';

/** What to do where the keys of an issuer cannot be had. */
export function keyAdvice(origin: KeyOrigin, issuer: string, error: unknown): string {
  if (error instanceof AdvisedBackchannelError) return '';
  if (origin !== 'metadata') return `${RUNNING} ${origin} right?`;
  const other = error instanceof MetadataError ? error.others[0] : undefined;
  const elsewhere =
    'If its keys are elsewhere, or not reachable under this name from here, give jwksUri.';
  if (!other) return `${RUNNING} issuer right? ${elsewhere}`;
  const name = excerpt(other.issuer);
  if (other.issuer.includes('{'))
    return `${name} stands for one issuer for each tenant: give resolveIssuer, which says of each whether it is trusted, in place of issuer.`;
  // Said beside the name that was found.
  if (withoutSlash(other.issuer) === withoutSlash(issuer)) return '';
  const jwksUri = other.jwksUri === undefined ? 'the place of its keys' : excerpt(other.jwksUri);
  return `Tokens will say ${name}: set issuer to that and jwksUri to ${jwksUri}, or to where these keys can be reached from here.`;
}
