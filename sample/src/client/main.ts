import { settingsFromEnvironment } from './client.settings.js';
import { explain } from './explain.js';
import { runClient } from './run-client.js';

try {
  await runClient(settingsFromEnvironment(), console.log);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
