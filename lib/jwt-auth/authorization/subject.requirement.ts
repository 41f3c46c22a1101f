import type { Requirement } from './requirement.js';

/** Asks for a token that speaks for a user. */
export const userRequirement: Requirement = {
  rank: 'token',
  description: 'a user',
  scopes: [],
  isMetBy: (token) => token.isUser,
};

/** Asks for a token that a client got for itself. */
export const clientRequirement: Requirement = {
  rank: 'token',
  description: 'a client',
  scopes: [],
  isMetBy: (token) => token.isClient,
};
