import { isAxiosError } from 'axios';
import { TokenRequestError } from 'nestjs-access-tokens';
import type { ClientSettings } from '../client/client.settings.js';
import { explain } from '../client/explain.js';
import { runClient } from '../client/run-client.js';
import type { Narrator } from './narrator.js';
import type { Stage } from './stage.js';

/** Runs the console program to its failure and shows that, as its user sees it. */
export async function failureOf(
  stage: Stage,
  narrator: Narrator,
  changes: Partial<ClientSettings> = {},
): Promise<unknown> {
  try {
    // What goes well has been shown before.
    await runClient(stage.clientSettings(changes), () => {}, stage.logger);
  } catch (error) {
    narrator.show(explain(error));
    return error;
  }
  narrator.show('The client did its work.');
  return undefined;
}

/** What is wrong is on the side of the client. */
export async function clientExperiments(stage: Stage, narrator: Narrator): Promise<void> {
  const refusals: [string, Partial<ClientSettings>, string][] = [
    [
      'The client has a wrong id',
      { clientId: 'stranger', clientSecret: 'the-key-of-a-stranger' },
      'invalid_client',
    ],
    ['The client has a wrong secret', { clientSecret: 'wrong' }, 'invalid_client'],
    [
      'The client asks for a scope that it is not allowed',
      { scope: 'orders.write' },
      'invalid_scope',
    ],
  ];
  for (const [title, changes, oauthError] of refusals) {
    await narrator.step(title, async () => {
      const failure = await failureOf(stage, narrator, changes);
      const refused = failure instanceof TokenRequestError;
      narrator.check(
        `the client got no token: ${oauthError}`,
        refused && failure.oauthError === oauthError,
      );
      narrator.check(
        'the error tells which client it was',
        refused && failure.message.includes("'api'"),
      );
      narrator.check(
        'and no secret',
        !explain(failure).includes(stage.clientSettings(changes).clientSecret),
      );
    });
  }

  await narrator.step('The API is not running', async () => {
    await stage.api.stop();
    const failure = await failureOf(stage, narrator);
    await stage.api.start();
    narrator.check(
      'the call failed, and not for want of a token',
      isAxiosError(failure) && failure.code === 'ECONNREFUSED',
    );
  });
}
