const TOKEN = Symbol('verified access token');

/** What the two halves of this package tell each other about a request: whose token has been verified. */
export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly audience: readonly string[];
  /** Whether it speaks for a client, with no user. */
  readonly isClient: boolean;
  readonly expiresAt: Date;
  /** The token as it came. */
  readonly raw: string;
}

/** A request, under a symbol where nothing that a client sends can reach. */
interface Bearer {
  [TOKEN]?: VerifiedToken | undefined;
}

/** Notes which token of a request has been verified. */
export function setVerifiedToken(request: object, token: VerifiedToken): void {
  const bearer: Bearer = request;
  bearer[TOKEN] = token;
}

/** The verified token of a request, if it has one. */
export function verifiedTokenOf(request: object): VerifiedToken | undefined {
  const bearer: Bearer = request;
  return bearer[TOKEN];
}

/** Takes it back: a request may go on to somebody to whom it means nothing. */
export function forgetVerifiedToken(request: object): void {
  const bearer: Bearer = request;
  bearer[TOKEN] = undefined;
}
