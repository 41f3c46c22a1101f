import type { INestApplicationContext } from '@nestjs/common';
import { AccessAudit } from '../jwt-auth/audit/access-audit.js';
import { type ReceivedCall, TestApi } from './outbound/test-api.js';

/** What a challenge is expected to say. What is left out does not matter. */
export interface ExpectedChallenge {
  /** `error`, or `undefined` where it is to have none. */
  error?: string | undefined;
  /** All scopes that are asked for, in any order. */
  scope?: string | readonly string[] | undefined;
}

/** An answer of supertest, `fetch`, or `inject` of Fastify. */
export interface AnswerLike {
  readonly status?: number;
  readonly statusCode?: number;
  readonly headers: object;
}

interface Verdict {
  readonly pass: boolean;
  message(): string;
}

/** What `expect` has with {@link accessTokenMatchers}: for `declare module` of jest and vitest. */
export interface AccessTokenMatchers<R = void> {
  /** The answer is 400, 401 or 403 with a `WWW-Authenticate: Bearer …` (RFC 6750 section 3) that says this. */
  toBeChallenged(expected?: ExpectedChallenge): R;
  /** A route of an application (or of its `AccessAudit`), such as `'GET /orders'`, needs all these scopes. */
  toNeedScope(route: string, ...scopes: string[]): R;
  /** A call, or all calls that `tokens.api(…)` got, came with a token that this client had asked for. */
  toHaveSentTokenOf(client: string): R;
}

/** For `expect.extend(accessTokenMatchers)` of jest and vitest. */
export const accessTokenMatchers = {
  toBeChallenged(answer: AnswerLike, expected: ExpectedChallenge = {}): Verdict {
    const status = answer.status ?? answer.statusCode ?? 0;
    const challenge = challengeOf(answer);
    const parameter = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1];
    const pass =
      [400, 401, 403].includes(status) &&
      /^Bearer\b/.test(challenge) &&
      (!('error' in expected) || parameter('error') === expected.error) &&
      (expected.scope === undefined || sorted(parameter('scope')) === sorted(expected.scope));
    return verdict(
      pass,
      `${status} with WWW-Authenticate: ${challenge || 'none'}`,
      'be challenged with',
      expected,
    );
  },

  toNeedScope(
    from: INestApplicationContext | AccessAudit,
    route: string,
    ...scopes: string[]
  ): Verdict {
    const audit = from instanceof AccessAudit ? from : from.get(AccessAudit, { strict: false });
    const named = audit.routes.filter(({ method, path }) => `${method} ${path}` === route);
    const pass =
      named.length > 0 &&
      named.every(({ access, scopes: asked }) =>
        access === 'required' ? scopes.every((scope) => asked.includes(scope)) : false,
      );
    const known = audit.routes.map(({ method, path }) => `${method} ${path}`).join(', ');
    const found = named.map(({ access, rule }) => `${access}: ${rule}`).join('; ');
    const shown =
      named.length > 0 ? `${route} (${found})` : `${route}, which is none of: ${known},`;
    return verdict(pass, shown, 'need the scopes', scopes);
  },

  toHaveSentTokenOf(
    from: TestApi | ReceivedCall | readonly ReceivedCall[],
    client: string,
  ): Verdict {
    const calls = from instanceof TestApi ? from.calls : [from].flat();
    const clients = calls.map(({ token }) => token?.client ?? 'nobody');
    const pass = clients.length > 0 && clients.every((one) => one === client);
    return verdict(
      pass,
      `calls with tokens of ${clients.join(', ') || 'none'}`,
      'be calls of',
      client,
    );
  },
};

function challengeOf({ headers }: AnswerLike): string {
  if (headers instanceof Headers) return headers.get('www-authenticate') ?? '';
  const value: unknown = Reflect.get(headers, 'www-authenticate');
  return [value]
    .flat()
    .filter((one) => typeof one === 'string')
    .join(', ');
}

function sorted(scopes: string | readonly string[] | undefined): string {
  return [scopes ?? ''].flat().join(' ').split(' ').toSorted().join(' ');
}

function verdict(pass: boolean, found: string, verb: string, expected: unknown): Verdict {
  return {
    pass,
    message: () =>
      `expected ${found} ${pass ? 'not to' : 'to'} ${verb} ${JSON.stringify(expected)}`,
  };
}
