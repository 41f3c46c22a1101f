import { call } from './http-call.js';
import type { Narrator } from './narrator.js';
import { scopesIn, tokenFor } from './rules.steps.js';
import type { Stage } from './stage.js';

/** What is wrong is in the call to a protected API. */
export async function apiExperiments(stage: Stage, narrator: Narrator): Promise<void> {
  const { url } = stage.api;
  const token = await tokenFor(stage, 'client', 'secret', 'api1');

  await narrator.step('No token is sent', async () => {
    const answer = await call(`GET ${url}/identity`);
    narrator.show(answer.text);
    narrator.check('the API answers 401', answer.status === 401);
    narrator.check(
      'and asks for a bearer token without speaking of an error',
      answer.challenge?.startsWith('Bearer') === true && !answer.challenge.includes('error='),
    );
  });

  await narrator.step('The API wants another scope than the token has', async () => {
    const answer = await call(`GET ${url}/reports`, { token });
    narrator.show(answer.text);
    narrator.check('the API answers 403', answer.status === 403);
    narrator.check(
      'and names what is needed',
      scopesIn(answer.challenge).join(' ') === 'api1 reports.read',
    );
  });

  await narrator.step('The token is for another API', async () => {
    const answer = await call(`GET ${stage.orders.url}/orders`, { token });
    narrator.show(answer.text);
    narrator.check('the API answers 401', answer.status === 401);
    narrator.check(
      'and calls the token invalid',
      answer.challenge?.includes('error="invalid_token"') === true,
    );
  });
}
