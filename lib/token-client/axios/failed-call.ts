/** Which client made a call that failed. */
const clients = new WeakMap<object, string>();

/** Notes that an error came of a call of a named client: an application can have other calls that fail alike. */
export function noteFailedCall(error: unknown, client: string): void {
  if (typeof error === 'object' && error !== null) clients.set(error, client);
}

/** The named client whose call failed with an error; nothing where it was none of ours. */
export function clientOfFailedCall(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? clients.get(error) : undefined;
}
