import { Injectable } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { layersOf } from '../../common/express-layers.js';
import { expressRoutes } from './express-routes.js';
import { FastifyRoutes } from './fastify-routes.js';
import type { ServedRoute } from './served-route.js';

/** Knows what the HTTP adapter serves that is of no controller, for Express and Fastify. */
@Injectable()
export class ServedRoutes {
  /** How many layers Express had when Nest began to register its own. */
  private before = 0;
  private fastify: FastifyRoutes | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: ApplicationConfig,
  ) {
    this.watch();
  }

  /** Nest is about to put middleware and controllers on the adapter. */
  begin(): void {
    this.watch();
    const express = this.instanceOf('express');
    if (express) this.before = layersOf(express)?.length ?? 0;
  }

  /** @param tell called when all is there that comes before the application listens */
  whenKnown(tell: (routes: readonly ServedRoute[]) => void): void {
    const express = this.instanceOf('express');
    const hasPrefix = this.config.getGlobalPrefix() !== '';
    if (express) tell(expressRoutes(express, { before: this.before, hasPrefix }));
    else this.fastify?.whenReady(tell);
  }

  /** As early as there is an adapter: a module for tests is made without one. */
  private watch(): void {
    const fastify = this.instanceOf('fastify');
    if (fastify) this.fastify ??= new FastifyRoutes(fastify);
  }

  private instanceOf(type: 'express' | 'fastify') {
    const { httpAdapter } = this.host;
    return httpAdapter?.getType() === type ? httpAdapter.getInstance() : undefined;
  }
}
