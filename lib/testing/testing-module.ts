/** As much of `Test.createTestingModule(…)` of @nestjs/testing as is needed. */
export interface TestingModuleLike {
  overrideProvider(token: unknown): {
    useFactory(options: {
      // As Nest has it: what it injects is known to whoever says what is injected.
      factory: (...injected: never[]) => unknown;
      inject?: unknown[];
    }): unknown;
  };
}
