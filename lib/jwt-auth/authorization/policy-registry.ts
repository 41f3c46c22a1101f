import { Injectable, Scope, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ConfigurationError } from '../../common/configuration.error.js';
import type { AuthorizationPolicy, PolicyType } from './authorization-policy.js';

/** Finds policies among the providers of the whole application, each once. */
@Injectable()
export class PolicyRegistry {
  private readonly known = new Map<PolicyType, AuthorizationPolicy<unknown>>();

  constructor(private readonly modules: ModuleRef) {}

  /** @throws {ConfigurationError} when there is no such policy: an error, and never a silent no */
  get(type: PolicyType): AuthorizationPolicy<unknown> {
    let policy = this.known.get(type);
    if (!policy) {
      const fault = this.faultOf(type);
      if (fault) throw new ConfigurationError('JwtAuthModule', [fault]);
      policy = this.modules.get<AuthorizationPolicy<unknown>>(type, { strict: false });
      this.known.set(type, policy);
    }
    return policy;
  }

  /** Why a policy cannot be asked, if so. */
  faultOf(type: PolicyType): string | undefined {
    const scope = this.scopeOf(type);
    if (scope === undefined)
      return `${type.name} is not a provider. Add it to the providers of a module.`;
    if (scope !== Scope.DEFAULT) {
      return `${type.name} is not a singleton. Policies are made once: take what is about the request from the context that allows() is given.`;
    }
    const policy = this.modules.get<Partial<AuthorizationPolicy>>(type, { strict: false });
    return typeof policy?.allows === 'function'
      ? undefined
      : `${type.name} has no method allows().`;
  }

  private scopeOf(type: PolicyType): Scope | undefined {
    try {
      return isInjectionToken(type) ? this.modules.introspect(type).scope : undefined;
    } catch {
      return undefined; // it is unknown
    }
  }
}

/** Abstract classes are injection tokens as well, which the types of Nest leave out here. */
function isInjectionToken(type: unknown): type is Type {
  return typeof type === 'function';
}
