/** Nobody waits any more: the application has ended. No failure, and nothing to tell of. */
export class ApplicationEndedError extends Error {
  override readonly name = 'ApplicationEndedError';

  constructor() {
    super('the application has ended');
  }
}
