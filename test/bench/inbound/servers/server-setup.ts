import type { Platform } from '../plan.js';

/** What a server is started with. */
export interface ServerSetup {
  readonly platform: Platform;
  readonly issuer: string;
}
