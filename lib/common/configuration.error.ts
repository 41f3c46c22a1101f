import { AccessTokenError } from './access-token.error.js';
import { oneLine } from './excerpt.js';
import { see } from './see.js';

const MAX_FAULT_LENGTH = 2_000;

/**
 * Thrown while the application starts when the options of a module cannot work. It lists every fault
 * at once, each with the option at fault and the way to mend it.
 */
export class ConfigurationError extends AccessTokenError {
  override readonly name = 'ConfigurationError';
  readonly code = 'invalid_configuration';

  /** One sentence for each fault, beginning with the name of the option. */
  readonly faults: readonly string[];

  constructor(
    /** The module whose options are at fault. */
    readonly module: string,
    faults: readonly string[],
  ) {
    // They repeat values, which may come from a file, a database or a tenant.
    const lines = faults.map((fault) => oneLine(fault, MAX_FAULT_LENGTH));
    const list = lines.map((line) => `  - ${line}`).join('\n');
    super(
      `${module} cannot start with these options:\n${list}\n${see('errors', 'invalid_configuration')}`,
    );
    this.faults = lines;
  }
}

/** For a module that is imported by its name alone, and nowhere in the application with options. */
export function notRegistered(module: string, options: string): ConfigurationError {
  return new ConfigurationError(module, [
    `forRoot: missing. Import ${module}.forRoot(${options}) or forRootAsync once, in AppModule. What it has is global: other modules need not import it.`,
  ]);
}
