import { Logger } from '@nestjs/common';

/**
 * Whether lines at level `debug` may be shown, so that their texts are made for somebody only. Without levels of its own the
 * logger decides by itself; Nest 11 says then that none is enabled, and shows them all the same.
 */
export function mayShowDebug(): boolean {
  return Logger.isLevelEnabled('debug') || Reflect.get(Logger, 'logLevels') === undefined;
}
