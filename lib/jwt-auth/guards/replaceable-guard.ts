import { type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { from, isObservable, lastValueFrom } from 'rxjs';
import { AccessGate } from './access-gate.js';
import { type GuardInUse, JwtAuthGuard } from './jwt-auth.guard.js';

/** As much of what Nest knows of an instance as tells whether a test has put it in the place of another. */
interface Wrapper {
  /** What it was made of; null where it was given. */
  readonly metatype: unknown;
  readonly instance: unknown;
}

/**
 * The one place where tests replace the guard. Nest keeps a guard twice, as a provider and, module by module, as what
 * `@UseGuards` names, and an override is for one of the two: here it counts for both, and so for all handlers. What other
 * modules have in place of their guards is theirs alone.
 */
@Injectable()
export class ReplaceableGuard implements GuardInUse {
  private replacement: CanActivate | undefined;
  private isKnown = false;

  constructor(
    private readonly gate: AccessGate,
    private readonly modules: ModulesContainer,
  ) {}

  decide(asked: CanActivate, context: ExecutionContext): boolean | Promise<boolean> {
    // With the first request: all overrides have been made by then.
    if (!this.isKnown) this.look();
    const { replacement } = this;
    // What replaces the guard may extend it, and ask it in turn.
    if (!replacement || replacement === asked) return this.gate.admit(context);
    const answer = replacement.canActivate(context);
    return isObservable(answer) ? lastValueFrom(from(answer)) : answer;
  }

  private look(): void {
    const own = [...this.modules.values()].find(({ providers }) => providers.has(ReplaceableGuard));
    this.replacement =
      replacementIn(own?.injectables.get(JwtAuthGuard)) ??
      replacementIn(own?.providers.get(JwtAuthGuard));
    this.isKnown = true;
  }
}

/**
 * Has the guard, so that there is one in this module for `overrideGuard()` to replace. Nobody may need it: before 11.1.20, Nest
 * waits for the guards of a provider before it is there, and this guard waits for {@link ReplaceableGuard}.
 */
@Injectable()
@UseGuards(JwtAuthGuard)
export class GuardHolder {}

function replacementIn(wrapper: Wrapper | undefined): CanActivate | undefined {
  if (!wrapper || wrapper.metatype === JwtAuthGuard) return undefined;
  const { instance } = wrapper;
  return isGuard(instance) ? instance : undefined;
}

function isGuard(value: unknown): value is CanActivate {
  return typeof value === 'object' && value !== null && 'canActivate' in value;
}
