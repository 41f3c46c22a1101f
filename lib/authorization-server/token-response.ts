import { parseJsonObject } from '../common/json.js';
import type { AnswerOptions } from './answer-options.js';
import { extraMembers, type ExtraMembers } from './extra-members.js';
import { refusalMembers, type RefusalMembers } from './refusal-details.js';
import { readSeconds, saysItsEnd } from './token-lifetime.js';
import { tokenTypeFault, type TokenType } from './token-type.js';

const MAX_TOKEN_LENGTH = 32_768;
const MAX_SCOPE_LENGTH = 32_768;

/** A successful answer of a token endpoint (RFC 6749 section 5.1), in the one form that we go on with. */
export interface TokenResponse {
  access_token: string;
  token_type: TokenType;
  /** Finite and not negative. Missing where the server said nothing that makes sense. */
  expires_in?: number;
  scope?: string;
  refresh_token?: string;
  id_token?: string;
  /** What it says besides. */
  extra: ExtraMembers;
}

/** What an answer has to be like. */
export interface ExpectedResponse extends AnswerOptions {
  /** The type of token that was asked for: one that is bound to a key does not become one that is not. */
  readonly type: TokenType;
  /** Whether a refresh token and an ID token are of any use. */
  readonly forUser: boolean;
}

/** An answer with which the authorization server refuses the request (RFC 6749 section 5.2). */
export interface ErrorResponse {
  status: number;
  error: string;
  error_description: string | undefined;
  /** What it says besides, as it came. */
  members?: RefusalMembers | undefined;
}

/** An answer that is neither. The message goes on a sentence that begins with the URL. */
export class UnusableAnswerError extends Error {
  override readonly name = 'UnusableAnswerError';

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }

  /** Whether the server may answer otherwise a moment later. */
  get transient(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/**
 * Reads the answer of a token endpoint. Servers take liberties with the format, and a bad one may be
 * after something: what has one sensible meaning is understood, anything else is refused.
 *
 * @throws {UnusableAnswerError}
 */
export async function readTokenResponse(
  response: Response,
  expected: ExpectedResponse,
): Promise<TokenResponse | ErrorResponse> {
  const { status } = response;
  const body = parseJsonObject(await response.text());
  const error = body?.['error'];
  // Success with an error is not in the RFC, but in the wild.
  if (typeof error === 'string' && error && isFinal(status)) {
    const description = body?.['error_description'];
    return {
      status,
      error,
      error_description: typeof description === 'string' ? description : undefined,
      members: refusalMembers(body),
    };
  }
  // A token is one with 201 Created as well.
  if (!isSuccess(status) || (status !== 200 && typeof body?.['access_token'] !== 'string')) {
    throw new UnusableAnswerError(`answered ${status}${hintFor(status)}`, status);
  }
  if (!body) {
    const type = response.headers.get('content-type')?.split(';')[0] ?? 'no content type';
    throw new UnusableAnswerError(
      `did not answer with a JSON object but with ${/^[\w/+.-]{1,60}$/.test(type) ? type : 'something else'}; is it the token endpoint?`,
      status,
    );
  }
  return successFrom(body, status, expected);
}

/**
 * Reads the answer of a revocation endpoint (RFC 7009 section 2.2).
 *
 * @throws what `refused` makes of an error, or {@link UnusableAnswerError}
 */
export async function checkRevocation(
  answer: Response,
  refused: (response: ErrorResponse) => Error,
): Promise<void> {
  const { status } = answer;
  if (status === 200 || status === 204) return;
  const error = parseJsonObject(await answer.text())?.['error'];
  if (typeof error !== 'string') throw new UnusableAnswerError(`answered ${status}`, status);
  throw refused({ status, error, error_description: undefined });
}

function successFrom(
  body: Record<string, unknown>,
  status: number,
  { type: expected, forUser, tokenType, defaultLifetimeSeconds }: ExpectedResponse,
): TokenResponse {
  const token = body['access_token'];
  const unusable = (message: string) => new UnusableAnswerError(message, status);
  if (typeof token !== 'string' || token === '') throw unusable('answered without an access_token');
  // RFC 6750 allows a few characters less, but servers do not keep to it. These are safe in a header.
  if (!isSendable(token)) {
    throw unusable(
      'answered with an access_token that cannot be sent in a header, or with more than 32 kB of it',
    );
  }
  const fault = tokenTypeFault(body['token_type'], expected, tokenType);
  if (fault) throw unusable(fault);
  const said = readSeconds(body['expires_in']);
  const expiresIn = said ?? (saysItsEnd(token) ? undefined : defaultLifetimeSeconds);
  const scope = scopeFrom(body['scope']);
  return {
    access_token: token,
    token_type: expected,
    ...(expiresIn !== undefined && { expires_in: expiresIn }),
    ...(scope !== undefined && { scope }),
    ...(forUser && textMember(body, 'refresh_token')),
    ...(forUser && textMember(body, 'id_token')),
    extra: extraMembers(body, tokensIn(body)),
  };
}

/** Whether a token fits into a header, whatever is in it. */
export function isSendable(token: string): boolean {
  return token.length <= MAX_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(token);
}

function tokensIn({ access_token, refresh_token, id_token }: Record<string, unknown>): string[] {
  return [access_token, refresh_token, id_token].filter((token) => typeof token === 'string');
}

/** A member, if it is a text that can be a token. */
function textMember(
  body: Record<string, unknown>,
  name: 'refresh_token' | 'id_token',
): Record<string, string> {
  const value = body[name];
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value) ? { [name]: value } : {};
}

/** A string as in RFC 6749 section 3.3, or the array that some servers make of it. */
function scopeFrom(value: unknown): string | undefined {
  if (typeof value === 'string') return value.length > MAX_SCOPE_LENGTH ? undefined : value;
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  return isList ? scopeFrom(value.join(' ')) : undefined;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Whether an error with this status is about the request, and not about the state of the server. */
function isFinal(status: number): boolean {
  return isSuccess(status) || (status >= 400 && status < 500 && status !== 408 && status !== 429);
}

function hintFor(status: number): string {
  if (status === 404 || status === 405) return '; is it the token endpoint?';
  if (status === 429) return ', too many requests';
  return '';
}
