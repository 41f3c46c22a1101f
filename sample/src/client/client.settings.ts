import { environment } from '../common/environment.js';

export interface ClientSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
  scope: string;
  apiUrl: string;
}

export function settingsFromEnvironment(): ClientSettings {
  return {
    issuer: environment.issuer(),
    clientId: process.env['CLIENT_ID'] ?? 'client',
    clientSecret: process.env['CLIENT_SECRET'] ?? 'secret',
    scope: process.env['CLIENT_SCOPE'] ?? 'api1',
    apiUrl: environment.apiUrl(),
  };
}
