import { LRUCache } from 'lru-cache';
import { atMost } from '../../common/at-most.js';
import { oneLine } from '../../common/excerpt.js';
import { kindOfError } from '../../common/kind-of-error.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { InvalidTokenOptionsError, TenantUnresolvedError } from '../calls/call.errors.js';
import type { TokenRequestContext } from '../options/token-request.context.js';
import { TaskAborted, type DetachedTasks } from '../../common/detached-tasks.js';
import { copyOfContext } from './token-request-plan.js';
import type { TokenRequestTemplate } from '../../authorization-server/token-request.factory.js';

const MAX_TENANTS = 1_000;
/** How much of the name of a tenant is shown. */
const MAX_SHOWN_LENGTH = 200;

/** What the tenants of clients ask for their tokens with. Each is resolved once, and kept apart from all others. */
export class Tenants {
  readonly #templates = new LRUCache<string, Promise<TokenRequestTemplate>>(atMost(MAX_TENANTS));
  /** What has been answered already, for those who cannot wait. */
  readonly #settled = new WeakMap<Promise<TokenRequestTemplate>, TokenRequestTemplate>();

  constructor(
    private readonly work: DetachedTasks,
    private readonly timeoutMs: number,
  ) {}

  /**
   * @throws {TenantUnresolvedError} no tenant, or `resolveClient` failed
   * @throws {InvalidTokenOptionsError} it gave options that cannot work
   */
  async template(
    client: ResolvedClient,
    context: TokenRequestContext,
  ): Promise<TokenRequestTemplate> {
    const { tenant } = context;
    if (!tenant) {
      const reason = `the call names no tenant. Give token: { tenant } with the call, or the option tenant to clients.${client.name}`;
      throw new TenantUnresolvedError(client.name, undefined, reason);
    }
    const key = keyOf(client.name, tenant);
    const known = this.#templates.get(key);
    if (known) return known;
    const template = this.resolve(client, { ...context, tenant });
    this.#templates.set(key, template);
    template.then(
      (settled) => this.#settled.set(template, settled),
      // A failure is for those who wait for it. Not for whoever began anew meanwhile.
      () => {
        if (this.#templates.peek(key) === template) this.#templates.delete(key);
      },
    );
    return template;
  }

  /** What is known of a tenant already; asks nobody and waits for nobody. */
  known(client: string, tenant: string): TokenRequestTemplate | undefined {
    const template = this.#templates.peek(keyOf(client, tenant));
    return template && this.#settled.get(template);
  }

  forget(client: string, tenant: string): void {
    this.#templates.delete(keyOf(client, tenant));
  }

  forgetAllOf(client: string): void {
    const start = keyOf(client, '').slice(0, -'"]'.length);
    for (const key of this.#templates.keys()) {
      if (key.startsWith(start)) this.#templates.delete(key);
    }
  }

  private async resolve(
    { name, templateOf }: ResolvedClient,
    context: TokenRequestContext & { tenant: string },
  ): Promise<TokenRequestTemplate> {
    const { tenant } = context;
    try {
      if (!templateOf) throw new TenantUnresolvedError(name, tenant, 'it has no tenants');
      return await this.work.run(this.timeoutMs, () => templateOf(copyOfContext(context)));
    } catch (error) {
      if (error instanceof InvalidTokenOptionsError) throw error;
      const reason = `resolveClient ${failureOf(error)} for tenant '${oneLine(tenant, MAX_SHOWN_LENGTH)}'`;
      throw new TenantUnresolvedError(name, tenant, reason);
    }
  }
}

/** Not what it threw, which may hold what must not be seen. */
function failureOf(error: unknown): string {
  if (error instanceof TaskAborted) return `gave ${error.message}`;
  return `threw ${kindOfError(error)}`;
}

function keyOf(client: string, tenant: string): string {
  return JSON.stringify([client, tenant]);
}
