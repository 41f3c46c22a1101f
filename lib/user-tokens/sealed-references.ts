import type { Clock } from '../common/clock.js';
import { ConfigurationError } from '../common/configuration.error.js';
import type { UserReference } from '../common/current-request.js';
import { parseJsonObject } from '../common/json.js';
import { KeyRing, type Sealer } from '../replicas/key-ring.js';
import { UserReferenceError } from './user-reference.error.js';
import { isSealedReference, referenceOf } from './user-reference.js';

const DAY_SECONDS = 24 * 60 * 60;
const PREFIX = 'user-reference.';
/** What tells it from everything else that the same keys encrypt. */
const CONTEXT = 'user-reference';

/** For what a reference is sealed, and for how long. */
export interface SealReferenceOptions {
  /**
   * What the work is, such as the name of the queue. To open it, the same has to be said: what was sealed for one thing is
   * good for nothing else.
   */
  purpose: string;
  /** Who is meant. @defaultValue the current user */
  user?: UserReference | string | undefined;
  /** How long it is good for, in seconds. @defaultValue a day */
  expiresInSeconds?: number | undefined;
}

/** What a sealed reference is expected to be. */
export interface OpenReferenceOptions {
  /** What it was sealed for. */
  purpose: string;
}

/** References to users as texts that only this application can make and read, in any of its replicas. */
export class SealedReferences {
  constructor(
    private readonly sealer: Sealer | undefined,
    private readonly application: string,
    private readonly clock: Clock,
  ) {}

  seal(
    user: UserReference,
    { purpose, expiresInSeconds = DAY_SECONDS }: SealReferenceOptions,
  ): string {
    checkPurpose(purpose, 'sealReference');
    if (!(Number.isFinite(expiresInSeconds) && expiresInSeconds > 0)) {
      throw new TypeError('sealReference: expiresInSeconds is not a number of seconds above zero.');
    }
    const { application, keys } = this;
    const expiresAt = this.clock.now() + expiresInSeconds * 1000;
    const content = JSON.stringify({ ...user, application, purpose, expiresAt });
    return `${PREFIX}${keys.seal(content, CONTEXT)}`;
  }

  open(text: unknown, { purpose: wanted }: OpenReferenceOptions): UserReference {
    checkPurpose(wanted, 'openReference');
    const { keys } = this;
    if (!isSealedReference(text)) throw new UserReferenceError('malformed');
    const sealed = text.slice(PREFIX.length);
    if (!keys.knowsKeyOf(sealed)) throw new UserReferenceError('unknown_key');
    const opened = keys.open(sealed, CONTEXT);
    const content = opened === undefined ? undefined : parseJsonObject(opened);
    if (!content) throw new UserReferenceError('forged');
    const { application, purpose, expiresAt, key, issuer, subject } = content;
    if (application !== this.application) throw new UserReferenceError('other_application');
    if (purpose !== wanted) throw new UserReferenceError('other_purpose');
    if (!(Number(expiresAt) > this.clock.now())) throw new UserReferenceError('expired');
    return referenceOf({ key, issuer, subject }, 'openReference');
  }

  /** @throws {ConfigurationError} there are none */
  private get keys(): KeyRing {
    if (this.sealer instanceof KeyRing) return this.sealer;
    throw new ConfigurationError('TokenClientModule', [
      'encryptionKeys: missing. References to users are sealed with them: give a key of 32 bytes as base64. Make one with: openssl rand -base64 32.',
    ]);
  }
}

function checkPurpose(purpose: unknown, where: string): void {
  if (typeof purpose === 'string' && purpose !== '') return;
  throw new TypeError(
    `${where}: purpose is missing. Say what the work is, such as the name of the queue.`,
  );
}
