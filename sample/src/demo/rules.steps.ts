import { ClientTokenService } from 'nestjs-access-tokens';
import { createClient } from '../client/run-client.js';
import { call } from './http-call.js';
import type { Narrator } from './narrator.js';
import type { Stage } from './stage.js';

/** A token of the client that these settings describe. */
export async function tokenFor(
  stage: Stage,
  clientId: string,
  clientSecret: string,
  scope: string,
): Promise<string> {
  const settings = stage.clientSettings({ clientId, clientSecret, scope });
  const client = await createClient(settings, stage.logger);
  const { accessToken } = await client.get(ClientTokenService).getToken('api');
  await client.close();
  return accessToken;
}

/** One scope for the whole app, one for a controller, one for an action. */
export async function rules(stage: Stage, narrator: Narrator): Promise<void> {
  await narrator.step('Rules for the whole app, for a controller, for one action', async () => {
    const client = await tokenFor(stage, 'client', 'secret', 'api1');
    const reporter = await tokenFor(stage, 'reporter', 'reporter-secret', 'api1 reports.read');
    const { url } = stage.api;

    const open = await call(`GET ${url}/health`);
    const app = await call(`GET ${url}/identity`, { token: client });
    const controller = await call(`GET ${url}/reports`, { token: reporter });
    const action = await call(`POST ${url}/reports`, { token: reporter, json: { title: 'New' } });
    narrator.show(`${open.text}\n${controller.text}\n${action.text}`);
    narrator.check('a public endpoint needs no token', open.status === 200);
    narrator.check('api1 opens what has no rule of its own', app.status === 200);
    narrator.check('api1 and reports.read open the controller', controller.status === 200);
    narrator.check(
      'its action wants reports.write as well',
      action.status === 403 && scopesIn(action.challenge).includes('reports.write'),
    );
  });
}

/** The scopes that a challenge asks for. */
export function scopesIn(challenge: string | null): string[] {
  return /scope="([^"]*)"/.exec(challenge ?? '')?.[1]?.split(' ') ?? [];
}
