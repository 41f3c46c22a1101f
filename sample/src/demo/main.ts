import { explain } from '../client/explain.js';
import { apiExperiments } from './api.experiments.js';
import { clientExperiments } from './client.experiments.js';
import { within } from './deadline.js';
import { gateway } from './gateway.steps.js';
import { Narrator } from './narrator.js';
import { outageExperiment } from './outage.experiment.js';
import { quickstart } from './quickstart.steps.js';
import { rules } from './rules.steps.js';
import { Stage } from './stage.js';
import { web } from './web.steps.js';

const secondsInAll = 240;
const keep = process.argv.includes('--keep');
const narrator = new Narrator();

// The last resort, should a step hang in a way that its own time limit does not catch.
const watchdog = setTimeout(() => {
  console.error(`FAILED: not done after ${secondsInAll} s, in step ${narrator.title}`);
  process.exit(1);
}, secondsInAll * 1000);

let stage: Stage | undefined;
try {
  stage = await within(30, Stage.open());
  narrator.chapter('The quickstart');
  narrator.show(stage.describe());
  await quickstart(stage, narrator);
  await rules(stage, narrator);
  await gateway(stage, narrator);
  await web(stage, narrator);
  narrator.chapter('Experiments: what you see when something is wrong');
  await clientExperiments(stage, narrator);
  await apiExperiments(stage, narrator);
  await outageExperiment(stage, narrator);
} catch (error) {
  narrator.show(explain(error));
  narrator.check('the demo went through', false);
}
console.log(`\n${narrator.summary()}`);
if (narrator.failures.length > 0 && stage) {
  const logged = [...new Set(stage.logger.take())];
  console.log(['Logged meanwhile', ...logged.slice(-20)].join('\n  '));
}
process.exitCode = narrator.failures.length === 0 ? 0 : 1;
clearTimeout(watchdog);

if (keep && stage) {
  const running = stage;
  running.logger.live = true;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void running.close().finally(() => process.exit()));
  }
  console.log(`
Still running, until you press Ctrl+C:
${stage.describe()}

Open ${stage.web.url} in a browser and sign in: alice with alice-password, or bob with bob-password.

Try
  curl ${stage.gateway.url}/orders
  curl -i ${stage.api.url}/identity
  curl -u client:secret -d grant_type=client_credentials -d scope=api1 ${stage.identityServer.issuer}/token`);
} else {
  await within(10, stage?.close() ?? Promise.resolve()).catch((error: unknown) => {
    console.error(explain(error));
  });
  // Nothing should be left to wait for. If there is, it must not keep the demo from ending.
  setTimeout(() => process.exit(), 1_000).unref();
}
