import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { JwtAuthOptions } from './options/jwt-auth.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<JwtAuthOptions>({
    moduleName: 'JWT_AUTH',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createJwtAuthOptions')
    // Global: the decorators bring the guard into every module of the application.
    .setExtras({}, (definition) => ({ ...definition, global: true }))
    .build();
