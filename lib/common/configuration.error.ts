import { AccessTokenError } from './access-token.error.js';
import { oneLine } from './excerpt.js';

const MAX_PROBLEM_LENGTH = 2_000;

/**
 * Thrown while the application starts when the options of a module cannot work. It lists every
 * problem at once: which option, what is wrong and how to fix it.
 */
export class ConfigurationError extends AccessTokenError {
  override readonly name = 'ConfigurationError';
  readonly code = 'invalid_configuration';

  /** One sentence for each, beginning with the name of the option. */
  readonly problems: readonly string[];

  constructor(
    /** The module whose options they are. */
    readonly module: string,
    problems: readonly string[],
  ) {
    // They repeat values, which may come from a file, a database or a tenant.
    const lines = problems.map((problem) => oneLine(problem, MAX_PROBLEM_LENGTH));
    super(`${module} cannot start with these options:\n${lines.map((f) => `  - ${f}`).join('\n')}`);
    this.problems = lines;
  }
}

/** For a module that is imported by its name alone, and nowhere in the application with options. */
export function notRegistered(module: string, options: string): ConfigurationError {
  return new ConfigurationError(module, [
    `forRoot: missing. Import ${module}.forRoot(${options}) or forRootAsync once, in AppModule. What it has is global: other modules need not import it.`,
  ]);
}
