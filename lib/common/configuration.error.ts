import { AccessTokenError } from './access-token.error.js';

/**
 * Thrown while the application starts when the options of a module cannot work. It lists every fault
 * at once, each with the option at fault and the way to mend it.
 */
export class ConfigurationError extends AccessTokenError {
  override readonly name = 'ConfigurationError';
  readonly code = 'invalid_configuration';

  constructor(
    /** The module whose options are at fault. */
    readonly module: string,
    /** One sentence for each fault, beginning with the name of the option. */
    readonly faults: readonly string[],
  ) {
    super(
      `${module} cannot start with these options:\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
  }
}
