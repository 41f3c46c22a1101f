import type { INestApplication } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { AccessAudit } from '../../jwt-auth/audit/access-audit.js';
import type { AuditedRoute } from '../../jwt-auth/audit/audited-route.js';
import { kitOf } from '../installed-kit.js';
import { refuseProduction, TestKitError } from '../test-kit.error.js';
import type { Attack, Expected } from './attack.js';
import type { Sent } from './sent.js';
import { Attacker } from './attacker.js';
import { CLAIM_ATTACKS } from './claim-attacks.js';
import { examplePath, versionHeader } from './example-path.js';
import { type Answered, LocalServer } from './local-server.js';
import { REQUEST_ATTACKS, RIGHT_ATTACKS } from './request-attacks.js';
import { SIGNATURE_ATTACKS } from './signature-attacks.js';

const ATTACKS = [...REQUEST_ATTACKS, ...SIGNATURE_ATTACKS, ...CLAIM_ATTACKS, ...RIGHT_ATTACKS];
const AT_ONCE = 32;

/** What {@link runAttackSuite} goes by. */
export interface AttackSuiteOptions {
  /**
   * The routes that are open on purpose, such as `'GET /health'`. With it, any other that is open is a finding, and any of these
   * that is not.
   *
   * @defaultValue not looked at
   */
  open?: readonly string[] | undefined;
  /** Only these attacks, by their names. @defaultValue all of them */
  attacks?: readonly string[] | undefined;
  /** Paths to call in place of those made up for routes with parameters: `{ '/orders/:id': '/orders/4711' }`. */
  paths?: Readonly<Record<string, string>> | undefined;
  /** Headers of every request, such as those that a middleware before the guard wants. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Whose tokens are sent. @defaultValue the first issuer of the application */
  issuer?: string | undefined;
}

/** A request that was not refused as it has to be. */
export interface AttackFinding {
  /** The attack. */
  readonly name: string;
  /** Such as `GET /orders`. */
  readonly route: string;
  readonly expected: string;
  readonly got: string;
}

async function run(
  app: INestApplication,
  options: AttackSuiteOptions = {},
): Promise<AttackFinding[]> {
  refuseProduction();
  const attacks = chosen(options.attacks);
  const kit = kitOf(app);
  const server = await LocalServer.of(app);
  const config = app.get(ApplicationConfig, { strict: false });
  const routes = app
    .get(AccessAudit, { strict: false })
    .routes.filter(({ kind }) => kind === 'http');
  const rules = kit.issuers.rulesOf(options.issuer);
  const key = kit.keys.signerFor(rules);
  const nowSeconds = Math.floor(kit.clock.now() / 1000);
  // Routes that need the same scopes are sent the same tokens.
  const attackers = new Map<string, Attacker>();
  const attackerFor = (scopes: readonly string[]) => {
    const name = scopes.join(' ');
    const attacker = attackers.get(name) ?? new Attacker(rules, key, nowSeconds, scopes);
    attackers.set(name, attacker);
    return attacker;
  };
  const findings = openFindings(routes, options.open);
  const tries = routes
    .filter(({ access }) => access === 'required' || access === 'optional')
    .flatMap((route) => {
      const attacker = attackerFor(route.scopes);
      const version = versionHeader(route, config) ?? [];
      const given = Object.entries(options.headers ?? {}).flat();
      const path = options.paths?.[route.path] ?? examplePath(route.path);
      return attacks
        .filter(({ isFor }) => isFor?.(route) ?? true)
        .map((attack) => async () => {
          const sent = attacker.once(attack.name, () => attack.send(attacker, route));
          if (!sent) return;
          const headers = [...given, ...version, ...headersOf(sent)];
          const method = route.method === 'ALL' ? 'GET' : route.method;
          const whole = sent.query === undefined ? path : `${path}?${sent.query}`;
          const answered = await server.ask(method, whole, headers);
          if (isRefused(answered, attack.expected)) return;
          const { name, expected } = attack;
          findings.push({
            name,
            route: nameOf(route),
            expected: told(expected),
            got: got(answered),
          });
        });
    });
  try {
    await inTurns(tries);
  } finally {
    await server.close();
  }
  return findings;
}

/**
 * Attacks every handler of HTTP that needs a token, or takes one, in some forty ways: no token, forged ones, those of
 * others, dead ones, other kinds of tokens, malformed requests, tokens that lack a scope. Nothing leaves the machine. A request that gets in
 * runs the handler.
 *
 * @returns what was not refused with the status, the error code and the words that it has to be refused with: nothing where all is well
 * @throws {TestKitError} with `NODE_ENV=production`, and for an application that was made without the test kit
 * @example
 * ```ts
 * it('lets nobody in', async () => {
 *   expect(await runAttackSuite(app, { open: ['GET /health'] })).toEqual([]);
 * });
 *
 * // or one test for each attack
 * it.each(runAttackSuite.each)('refuses %s', async (attack) => {
 *   expect(await runAttackSuite(app, { attacks: [attack] })).toEqual([]);
 * });
 * ```
 */
export const runAttackSuite: typeof run & {
  /** The names of all attacks. */
  readonly each: readonly string[];
} = Object.assign(run, { each: ATTACKS.map(({ name }) => name) });

function chosen(names: readonly string[] | undefined): readonly Attack[] {
  const stranger = names?.find((name) => !ATTACKS.some((attack) => attack.name === name));
  if (stranger !== undefined)
    throw new TestKitError(
      `attacks: there is no '${stranger}'. runAttackSuite.each has all names.`,
    );
  return ATTACKS.filter(({ name }) => names?.includes(name) ?? true);
}

function isOpen({ access }: AuditedRoute): boolean {
  return access === 'public' || access === 'unguarded';
}

function openFindings(
  routes: readonly AuditedRoute[],
  open: readonly string[] | undefined,
): AttackFinding[] {
  if (!open) return [];
  const name = 'what is open';
  const more = routes
    .filter((route) => isOpen(route) && !open.includes(nameOf(route)))
    .map((route) => ({ name, route: nameOf(route), expected: 'required', got: route.access }));
  const fewer = open
    .filter((one) => !routes.some((route) => isOpen(route) && nameOf(route) === one))
    .map((route) => ({ name, route, expected: 'public', got: 'no such open route' }));
  return [...more, ...fewer];
}

function nameOf({ method, path }: AuditedRoute): string {
  return `${method} ${path}`;
}

function headersOf({ authorization }: Sent): string[] {
  return authorization.flatMap((value) => ['Authorization', value]);
}

function isRefused({ status, challenge }: Answered, expected: Expected): boolean {
  if (!expected.statuses.includes(status)) return false;
  // Refused by the HTTP server itself.
  if (status === 431) return true;
  const { descriptions } = expected;
  if (!/^Bearer\b/.test(challenge)) return false;
  const isSaid = (description: string) => challenge.includes(`error_description="${description}"`);
  if (expected.statuses.length === 1 && errorIn(challenge) !== expected.error) return false;
  return descriptions?.some(isSaid) ?? true;
}

function errorIn(challenge: string): string | undefined {
  return /\berror="([^"]*)"/.exec(challenge)?.[1];
}

function told({ statuses, error, descriptions }: Expected): string {
  const words = descriptions ? ` (${descriptions.join(' | ')})` : '';
  return `${statuses.join(' or ')} ${error ?? 'without an error code'}${words}`;
}

function got({ status, challenge }: Answered): string {
  if (status === 0) return 'no answer';
  const words = /\berror_description="([^"]*)"/.exec(challenge)?.[1];
  return [status, errorIn(challenge), words && `(${words})`].filter(Boolean).join(' ');
}

async function inTurns(tries: readonly (() => Promise<void>)[]): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let one = tries[next++]; one; one = tries[next++]) await one();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
