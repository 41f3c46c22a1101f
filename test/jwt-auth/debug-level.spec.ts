import { Logger, type LogLevel } from '@nestjs/common';
import { mayShowDebug } from '../../lib/jwt-auth/refusals/debug-level.js';

describe('mayShowDebug', () => {
  afterEach(() => {
    jest.restoreAllMocks();
    Reflect.set(Logger, 'logLevels', undefined);
  });

  it.each<[string, LogLevel[] | undefined, boolean, boolean]>([
    ['Nest says that it is', ['debug'], true, true],
    ['Nest says that it is not', ['warn'], false, false],
    ['there are no levels, and Nest 11 says that it is not', undefined, false, true],
  ])('where %s', (_case, levels, isEnabled, expected) => {
    Reflect.set(Logger, 'logLevels', levels);
    jest.spyOn(Logger, 'isLevelEnabled').mockReturnValue(isEnabled);
    expect(mayShowDebug()).toBe(expected);
  });
});
