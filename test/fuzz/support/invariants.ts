import { inspect } from 'node:util';
import { isAxiosError } from 'axios';
import { AccessTokenError } from 'nestjs-access-tokens';
import { wayToText } from './walk.js';

/** What moves the cursor, begins a line, turns the direction of writing, or is half of a character. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** The lines of a stack trace begin lines of their own. */
const STACK_LINES = /\n {4}at [^\n]*/g;
/** As deep as anybody looks who prints an error. */
const DEPTH = 8;

/** An error of this package: anything else is an accident. */
export function expectOurs(error: unknown): asserts error is AccessTokenError {
  if (error instanceof AccessTokenError) {
    expectPlain(error.message);
    expectPlain('detail' in error ? String(error.detail) : '');
    return;
  }
  throw new Error('an error that is not ours', { cause: error });
}

/** What a call may end with: an error of this package, or of Axios. */
export function expectOfCall(error: unknown): void {
  if (isAxiosError(error) && !(error instanceof AccessTokenError)) return;
  expectOurs(error);
}

/** Nothing that writes lines of its own into a log, or hides others. */
export function expectPlain(text: string): void {
  const found = UNSAFE.exec(text.replace(STACK_LINES, ''));
  if (found) throw new Error(`an unsafe character in ${JSON.stringify(text.slice(0, 500))}`);
}

/**
 * Nobody who has this value gets to a secret by it, by whatever means: JSON, `util.inspect`, or a walk.
 *
 * @param secrets by a pattern, so that also those of others are found
 */
export function expectNoWayTo(secrets: RegExp, value: unknown): void {
  const forms: [how: string, text: string][] = [
    ['util.inspect', inspect(value, { depth: DEPTH, maxStringLength: null, maxArrayLength: null })],
    ['JSON.stringify', jsonOf(value)],
    ['a text', textOf(value)],
  ];
  for (const [how, text] of forms) {
    const at = text.search(secrets);
    if (at >= 0)
      throw new Error(`${how} shows a secret: …${text.slice(Math.max(0, at - 160), at)}`);
  }
  const way = wayToText(value, (text) => secrets.test(text));
  if (way !== undefined) throw new Error(`a secret is at ${way}`);
}

/** The same for what is neither an answer nor leads to one: an error of ours, or the explanation of one. */
export function expectNoSecretIn(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    if (at >= 0) throw new Error(`a secret is shown: …${text.slice(Math.max(0, at - 160), at)}`);
  }
}

/** What a log gets of an error. */
export function shownOf(error: unknown): string {
  return `${inspect(error, { depth: DEPTH })}\n${jsonOf(error)}\n${textOf(error)}`;
}

function jsonOf(value: unknown): string {
  const above: object[] = [];
  // As loggers do it: cycles are cut.
  const cut = function (this: unknown, _name: string, member: unknown): unknown {
    if (typeof member === 'bigint') return String(member);
    if (typeof member !== 'object' || member === null) return member;
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (above.includes(member)) return '[Circular]';
    above.push(member);
    return above.length > 40 ? '[Deep]' : member;
  };
  try {
    return JSON.stringify(value, cut) ?? '';
  } catch {
    return '';
  }
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '';
  }
}
