const TOKEN = Symbol('verified access token');

/** What the two halves of this package tell each other about a request: whose token has been verified. */
export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly audience: readonly string[];
  /** Whether it surely speaks for a user. */
  readonly isUser: boolean;
  /** Whether it surely speaks for a client, with no user. Where neither is sure, both are false. */
  readonly isClient: boolean;
  readonly expiresAt: Date;
  /** The token as it came. */
  readonly raw: string;
}

/**
 * What every token has that was verified in this process, so that nobody takes for one what only looks like it. A private
 * member, as a set of them all would cost the garbage collector more than verifying does.
 */
export abstract class VerifiedMark {
  readonly #isVerified = true;

  static isOn(value: object): boolean {
    return #isVerified in value && value.#isVerified;
  }
}

/** Whether that is a token which was verified in this process. */
export function isVerifiedToken(value: unknown): value is VerifiedToken {
  return typeof value === 'object' && value !== null && VerifiedMark.isOn(value);
}

/** Applications of one process can hand a request to each other: each knows only what it has verified itself. */
interface Note {
  readonly application: object | undefined;
  readonly token: VerifiedToken;
  readonly before: Note | undefined;
}

/** A request, under a symbol where nothing that a client sends can reach. */
interface Bearer {
  [TOKEN]?: Note;
}

/** Notes which token of a request has been verified, by the application that handles it at the moment. */
export function setVerifiedToken(request: object, token: VerifiedToken): void {
  const bearer: Bearer = request;
  const application = applicationOf(request);
  const last = bearer[TOKEN];
  const before = last?.application === application ? last?.before : last;
  bearer[TOKEN] = { application, token, before };
}

/**
 * The token of a request that an application has verified, if it has.
 *
 * @param application the instance of its HTTP adapter
 */
export function verifiedTokenOf(
  request: object,
  application: object | undefined,
): VerifiedToken | undefined {
  const bearer: Bearer = request;
  let note = bearer[TOKEN];
  while (note && !isPartOf(note.application, application)) note = note.before;
  return note?.token;
}

/** Requests of Express and of Fastify know the application that handles them. */
function applicationOf(request: object): object | undefined {
  const application: unknown = Reflect.get(request, 'app') ?? Reflect.get(request, 'server');
  const known = typeof application === 'object' || typeof application === 'function';
  return known ? (application ?? undefined) : undefined;
}

/** What a plugin of Fastify gets to see is an object that extends its application. */
function isPartOf(one: object | undefined, application: object | undefined): boolean {
  if (one === application) return true;
  if (one === undefined || application === undefined) return false;
  return Object.prototype.isPrototypeOf.call(application, one);
}
