import { ClientTokenService, TokenEndpointUnavailableError } from 'nestjs-access-tokens';
import { failureOf } from './client.experiments.js';
import { waitUntil } from './deadline.js';
import { call } from './http-call.js';
import type { Narrator } from './narrator.js';
import { tokenFor } from './rules.steps.js';
import type { Stage } from './stage.js';

/** The authorization server is gone: what still works, what does not, and how it comes back. */
export async function outageExperiment(stage: Stage, narrator: Narrator): Promise<void> {
  const identity = `GET ${stage.api.url}/identity`;
  const orders = `GET ${stage.gateway.url}/orders`;
  const token = await tokenFor(stage, 'client', 'secret', 'api1');
  await stage.identityServer.close();

  await narrator.step('The authorization server is not running', async () => {
    const failure = await failureOf(stage, narrator);
    narrator.check(
      'a client without a token gets none',
      failure instanceof TokenEndpointUnavailableError,
    );
  });

  await narrator.step('Meanwhile, a gateway that has its token', async () => {
    const answer = await call(orders);
    narrator.show(answer.text);
    narrator.check('the gateway goes on with it', answer.status === 200);
  });

  await narrator.step('Meanwhile, a gateway without a token and an API without keys', async () => {
    // As after a restart: the gateway has no token, the API has no keys.
    await stage.gateway.running.get(ClientTokenService).invalidate('orders');
    await stage.api.stop();
    await stage.api.start();
    stage.logger.take();
    const fromGateway = await call(orders);
    narrator.show(fromGateway.text);
    narrator.show(`In the logs:\n${stage.logger.take().join('\n')}`);
    const fromApi = await call(identity, { token });
    narrator.show(fromApi.text);
    narrator.check('the gateway says 503', fromGateway.status === 503);
    narrator.check('the API says 503 and not 401: the token may be good', fromApi.status === 503);
    narrator.check(
      'both say when to come back',
      Boolean(fromGateway.retryAfter && fromApi.retryAfter),
    );
  });

  await stage.restartIdentityServer();
  await narrator.step('The authorization server is back', async () => {
    const passed = await waitUntil(20, async () => {
      const answers = await Promise.all([call(orders), call(identity, { token })]);
      return answers.every(({ status }) => status === 200);
    });
    narrator.show(
      passed === undefined
        ? 'Not after 20 s'
        : `All is well again after ${passed} ms, and nobody did anything about it.`,
    );
    narrator.check('gateway and API work again', passed !== undefined);
  });
}
