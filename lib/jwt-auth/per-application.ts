/** As much of a request as tells whose it is. */
export interface RequestOfApplication {
  /** Express: the application that the request is of. */
  readonly app?: object | undefined;
  /** Fastify: the same. */
  readonly server?: object | undefined;
}

/** What each application of this process has one of, found by a request. */
export class PerApplication<T extends object> {
  private readonly all = new WeakMap<object, T>();

  get(application: object): T | undefined {
    return this.all.get(application);
  }

  set(application: object, value: T): void {
    this.all.set(application, value);
  }

  /** Unless somebody else has taken its place. */
  remove(application: object, value: T): void {
    if (this.all.get(application) === value) this.all.delete(application);
  }

  /** Express and Fastify requests know their application; a Fastify plugin's is one that extends it. */
  of({ app, server }: RequestOfApplication): T | undefined {
    for (let owner = app ?? server; owner; owner = Object.getPrototypeOf(owner)) {
      const value = this.all.get(owner);
      if (value) return value;
    }
    return undefined;
  }
}
