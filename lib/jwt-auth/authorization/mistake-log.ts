import { Inject, Injectable, Logger } from '@nestjs/common';
import { Budget } from '../../common/budget.js';
import { Said } from '../../common/said.js';
import type { ResolvedOptions } from '../config/resolved-options.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';

/** After how long without a word a mistake counts as new. */
const QUIET_MS = 60_000;
/** How many different ones of one handler are told in a row: requests can make up new ones without end. */
const IN_A_ROW = 10;

/** Tells of handlers that refuse requests by a mistake of the application: each once, however often it is asked. */
@Injectable()
export class MistakeLog {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly said: Said;
  private readonly budgets = new Map<string, Budget>();

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {
    this.said = new Said(options.clock, QUIET_MS);
  }

  /** @param about what makes it another mistake of the same handler */
  tell(handler: string, mistake: string, about = mistake): void {
    if (this.said.first(handler, about) && this.budgetOf(handler).take())
      this.logger.warn(`${handler} was refused: ${mistake}.`);
  }

  private budgetOf(handler: string): Budget {
    let budget = this.budgets.get(handler);
    if (!budget) {
      budget = new Budget(this.options.clock, IN_A_ROW, QUIET_MS);
      this.budgets.set(handler, budget);
    }
    return budget;
  }
}
