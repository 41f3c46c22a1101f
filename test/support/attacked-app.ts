import {
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Module,
  Post,
  type Type,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  JwtAuthGuard,
  JwtAuthModule,
  OptionalAuth,
  Public,
  RequireAnyScope,
  RequireRole,
  RequireScope,
  RequireUser,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { testTokens } from 'nestjs-access-tokens/testing';
import { AccessGate } from '../../lib/jwt-auth/guards/access-gate.js';
import { InvalidTokenError } from '../../lib/jwt-auth/errors.js';
import { VerifiedTokenCache } from '../../lib/jwt-auth/verification/verified-token.cache.js';
import { IssuerRegistry } from '../../lib/jwt-auth/issuers/issuer-registry.js';
import { RESOLVED_OPTIONS } from '../../lib/jwt-auth/jwt-auth.tokens.js';
import { VerifiedAccessToken } from '../../lib/jwt-auth/verification/verified-access-token.js';
import { mapClaims } from '../../lib/jwt-auth/verification/claim-mapping.js';
import type { ResolvedOptions } from '../../lib/jwt-auth/options/resolved-options.js';

@Controller('orders')
export class AttackedController {
  @Get()
  @RequireScope('orders.read')
  list() {
    return [];
  }

  @Post()
  @RequireScope('orders.read', 'orders.write')
  create() {
    return {};
  }

  @Get('any')
  @RequireAnyScope('orders.read', 'orders.admin')
  any() {
    return {};
  }

  @Get('admin')
  @RequireRole('clerk')
  admin() {
    return {};
  }

  @Get('mine')
  @RequireUser()
  mine() {
    return {};
  }

  @Get('perhaps')
  @OptionalAuth()
  perhaps() {
    return {};
  }

  @Get('health')
  @Public()
  health() {
    return {};
  }

  @Get('of/:id')
  one() {
    return {};
  }
}

/** What a token says, whatever it is worth. */
export interface Presented {
  readonly raw: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signature: string;
}

/** Which tokens a verifier with a hole takes of those that it has to refuse. */
export type TokenHole = (error: InvalidTokenError, token: Presented) => boolean;

/** Which requests a guard with a hole lets in, before it looks any further or in place of what it has to throw. */
export type GuardHole = (
  request: {
    headers: Record<string, string | undefined>;
    rawHeaders: string[];
    method: string;
    url: string;
  },
  error: unknown,
  context: ExecutionContext,
) => boolean;

export interface AttackedApp {
  token?: TokenHole | undefined;
  guard?: GuardHole | undefined;
  fastify?: boolean;
  controller?: Type;
  configure?: (app: INestApplication) => unknown;
}

/** An application with a hole that somebody could have left in it. */
export async function attackedApp({
  token,
  guard,
  fastify = false,
  controller = AttackedController,
  configure,
}: AttackedApp = {}): Promise<INestApplication> {
  @Module({
    imports: [
      JwtAuthModule.forRoot({
        issuer: 'https://id.example.com',
        audience: 'https://api.example.com',
      }),
    ],
    controllers: [controller],
  })
  class AppModule {}

  const builder = testTokens().install(Test.createTestingModule({ imports: [AppModule] }));
  if (token) {
    builder.overrideProvider(TokenVerifier).useFactory({
      inject: [RESOLVED_OPTIONS, IssuerRegistry, VerifiedTokenCache],
      factory: (
        options: ResolvedOptions,
        issuers: IssuerRegistry,
        remembered: VerifiedTokenCache,
      ) => leaky(new TokenVerifier(options, issuers, remembered), options, token),
    });
  }
  if (guard) {
    builder.overrideProvider(JwtAuthGuard).useFactory({
      inject: [AccessGate],
      factory: (gate: AccessGate) => ({
        async canActivate(context: ExecutionContext) {
          const request = context.switchToHttp().getRequest();
          if (guard(request, undefined, context)) return true;
          try {
            return await gate.admit(context);
          } catch (error) {
            if (guard(request, error, context)) return true;
            throw error;
          }
        },
      }),
    });
  }
  const module = await builder.compile();
  const app = fastify
    ? module.createNestApplication(new FastifyAdapter())
    : module.createNestApplication();
  app.useLogger(false);
  await configure?.(app);
  return app.init();
}

function leaky(real: TokenVerifier, options: ResolvedOptions, hole: TokenHole) {
  return {
    async verify(raw: string) {
      try {
        return await real.verify(raw);
      } catch (error) {
        const [header, claims, signature = ''] = raw.split('.');
        const presented = { raw, header: read(header), claims: read(claims), signature };
        if (!(error instanceof InvalidTokenError) || !hole(error, presented)) throw error;
        const [rules] = options.issuers;
        if (!rules) throw error;
        return new VerifiedAccessToken(raw, {
          issuer: rules.issuer,
          audience: rules.audience,
          ...mapClaims(presented.claims, rules),
          claims: presented.claims,
          subjectKind: 'user',
          expiresAtSeconds: 1,
        });
      }
    },
  };
}

function read(part: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
}
