import { Module } from '@nestjs/common';
import { JwtAuthModule } from 'nestjs-access-tokens';
import { environment } from '../common/environment.js';
import { HealthController } from './health.controller.js';
import { IdentityController } from './identity.controller.js';
import { ReportsController } from './reports.controller.js';

@Module({
  imports: [
    JwtAuthModule.forRoot({
      // Only tokens of this authorization server, and only those meant for this API ...
      issuer: environment.issuer(),
      audience: 'https://api.example.com',
      // ... with this scope: the rule for the whole app. Controllers and actions add their own.
      requiredScopes: 'api1',
    }),
  ],
  controllers: [IdentityController, ReportsController, HealthController],
})
export class ApiModule {}
