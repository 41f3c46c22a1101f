import type { Answer } from './app.js';
import { audience } from './protected-api.js';

/** The token lacks a scope: 403 with all scopes that the operation needs. */
export function expectInsufficientScope(answer: Answer, scope: string): void {
  expectForbidden(answer, 'The access token lacks a scope that this operation needs', scope);
}

/** A role, a claim or a policy says no: 403, without a word about which. */
export function expectDenied(answer: Answer, scope?: string): void {
  expectForbidden(answer, 'The access token does not allow this operation', scope);
}

function expectForbidden(answer: Answer, message: string, scope?: string): void {
  const { status, challenge, body } = answer;
  expect({ status, challenge, body }).toEqual({
    status: 403,
    challenge: `Bearer realm="${audience}", error="insufficient_scope", error_description="${message}"${scope === undefined ? '' : `, scope="${scope}"`}`,
    body: { statusCode: 403, error: 'insufficient_scope', message },
  });
  expect(answer.headers.get('cache-control')).toBe('no-store');
}
