import { createHash, timingSafeEqual } from 'node:crypto';
import type { Account, FindAccount } from 'oidc-provider';

/** A person who can sign in. */
export interface User {
  /** Becomes `sub`, by which an application knows the user. It never changes. */
  id: string;
  /** What the user types at the login page. */
  username: string;
  password: string;
  name: string;
  email: string;
}

/** The user with this name and password, or nobody. The answer does not tell which of the two was wrong. */
export function authenticate(
  users: readonly User[],
  username: string,
  password: string,
): User | undefined {
  const user = users.find((candidate) => candidate.username === username);
  // Compared in either case, so that the time taken does not tell which names exist.
  const matches = equal(password, user?.password ?? '');
  return user && matches ? user : undefined;
}

/** Which claim is told for which scope is in the configuration of the provider. */
export function findAccountIn(users: readonly User[]): FindAccount {
  return (_ctx, id) => {
    const user = users.find((candidate) => candidate.id === id);
    return user && accountOf(user);
  };
}

function accountOf({ id, name, email }: User): Account {
  return {
    accountId: id,
    claims: () => ({ sub: id, name, email, email_verified: true }),
  };
}

function equal(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
