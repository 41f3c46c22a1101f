import type { InjectionToken } from '@nestjs/common';
import type { CreateAxiosDefaults } from 'axios';
import type {
  KeyedRequest,
  TokenRequestTemplate,
} from '../../authorization-server/token-request.factory.js';
import type { RetryOn401 } from '../calls/retry-on-401.js';
import type { SendAs } from '../calls/send-as.js';
import type { TokenClientOptions, TokenKind } from './token-client.options.js';
import type { TokenExchangeOptions } from '../../authorization-server/token-exchange.options.js';
import type { TokenProvider } from '../token-provider.js';
import type { TokenRequestCustomizer } from './token-request.context.js';

/** A named client whose options have been found good. */
export interface ResolvedClient {
  readonly name: string;
  /** The longest that its functions may take. */
  readonly timeoutMs: number;
  readonly kind: TokenKind;
  readonly withoutUser: 'error' | 'client';
  readonly exchange: TokenExchangeOptions;
  /** The API that a forwarded token has to be meant for. */
  readonly forwardTo: string;
  /** What its tokens are asked for with; nothing where {@link resolveClient} or {@link provider} says so. */
  readonly template: TokenRequestTemplate | undefined;
  /** The request of {@link template} as it is. */
  readonly standard: KeyedRequest | undefined;
  readonly customize: TokenRequestCustomizer | undefined;
  readonly tenant: TokenClientOptions['tenant'];
  /** Makes the template of a tenant. */
  readonly templateOf: ((context: TenantContext) => Promise<TokenRequestTemplate>) | undefined;
  readonly provider: InjectionToken<TokenProvider> | undefined;
  readonly onNarrowerScope: 'warn' | 'error' | 'ignore';
  readonly retryOn401: RetryOn401;
  readonly sendAs: SendAs | undefined;
  /** The origins that may see the token. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** The options that are Axios' own. */
  readonly axiosDefaults: CreateAxiosDefaults;
}

type TenantContext = Parameters<NonNullable<TokenClientOptions['resolveClient']>>[0];
