import { ConfigurationError } from '../configuration.error.js';

/** Gathers what is wrong with the options, so that it can all be fixed at once. */
export class Faults {
  // A set, as many clients can inherit the same fault.
  readonly #sentences = new Set<string>();

  /** @param sentence begins with the path of the option and names the fix; nothing where all is well */
  add(sentence: string | undefined): void {
    if (sentence) this.#sentences.add(sentence);
  }

  get any(): boolean {
    return this.#sentences.size > 0;
  }

  /** @throws {ConfigurationError} */
  throwIfAny(): void {
    if (this.any) throw new ConfigurationError('TokenClientModule', [...this.#sentences]);
  }
}
