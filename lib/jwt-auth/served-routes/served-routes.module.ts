import { Module, type NestModule } from '@nestjs/common';
import { ServedRoutes } from './served-routes.js';

/** A module, as Nest asks modules alone, for their middleware, just before it puts its own on the adapter. */
@Module({ providers: [ServedRoutes], exports: [ServedRoutes] })
export class ServedRoutesModule implements NestModule {
  constructor(private readonly served: ServedRoutes) {}

  configure(): void {
    this.served.begin();
  }
}
