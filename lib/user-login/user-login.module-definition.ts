import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { UserLoginModuleOptions } from './user-login.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<UserLoginModuleOptions>({
    optionsInjectionToken: 'UserLoginModule:options',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createUserLoginOptions')
    .build();
