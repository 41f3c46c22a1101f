import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { TokenClientModuleOptions } from './options/token-client.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<TokenClientModuleOptions>({
    optionsInjectionToken: 'TokenClientModule:options',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTokenClientOptions')
    .build();
