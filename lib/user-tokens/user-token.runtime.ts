import type { TokenEndpoint } from '../authorization-server/token-endpoint.js';
import type { TokenEndpointSettings } from '../authorization-server/token-endpoint.settings.js';
import type { TokenRequestTemplate } from '../authorization-server/token-request.factory.js';
import type { DetachedTasks } from '../common/detached-tasks.js';
import type { TokenObserver } from '../observability/token-observer.js';

/** What the tokens of users need of the application that they are kept for. */
export interface UserTokenRuntime {
  readonly endpoint: TokenEndpoint;
  readonly observer: TokenObserver;
  readonly settings: TokenEndpointSettings;
  /** Everything under way that belongs to no caller. */
  readonly work: DetachedTasks;
  /** How long before its end a token is refreshed. */
  readonly refreshBeforeMs: number;
  /** What the tokens are asked for with. @throws {ConfigurationError} where the options do not say all that is needed */
  readonly userTemplate: TokenRequestTemplate;
}
