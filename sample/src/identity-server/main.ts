import { fileURLToPath } from 'node:url';
import { environment } from '../common/environment.js';
import { startSampleServer } from './sample-server.js';

/** sample/.data, which is not under version control. */
const dataFolder = fileURLToPath(new URL('../../.data', import.meta.url));

const { issuer } = await startSampleServer(environment.identityServerPort(), dataFolder);
console.log(`The identity server is the issuer ${issuer}
  metadata  ${issuer}/.well-known/openid-configuration
  keys      ${issuer}/jwks
  tokens    ${issuer}/token`);
