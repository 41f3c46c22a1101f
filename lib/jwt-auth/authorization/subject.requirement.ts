import { Logger } from '@nestjs/common';
import { excerpt } from '../../common/excerpt.js';
import type { AccessToken } from '../verification/access-token.js';
import type { Requirement } from './requirement.js';
import { mayShowDebug } from '../refusals/debug-level.js';

const logger = new Logger('JwtAuthModule');

/** Asks for a token that speaks for a user. */
export const userRequirement: Requirement = {
  rank: 'token',
  description: 'a user',
  scopes: [],
  isMetByToken: (token) => token.isUser,
  isMetBy: (token) => token.isUser || tellDoubt(token),
};

/** Asks for a token that a client got for itself. */
export const clientRequirement: Requirement = {
  rank: 'token',
  description: 'a client',
  scopes: [],
  isMetByToken: (token) => token.isClient,
  isMetBy: (token) => token.isClient || tellDoubt(token),
};

/** Says how to fix it, as nothing in the answer does. */
function tellDoubt({ isUser, isClient, issuer }: AccessToken): false {
  if (!isUser && !isClient && mayShowDebug()) {
    logger.debug(
      `it is not sure whom a token of ${excerpt(issuer)} speaks for; set subjectKind for this issuer`,
    );
  }
  return false;
}
