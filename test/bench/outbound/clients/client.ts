import type { AxiosAdapter, AxiosInstance } from 'axios';
import type { ClientName, Workload } from '../plan.js';
import { startAxiosTokenInterceptor } from './axios-token-interceptor.js';
import type { ClientSetup } from './client-setup.js';
import { startBare, startHeaderless, startRedirecting } from './bare.js';
import { burst, flood, type Job, pace } from './jobs.js';
import { startOpenidClient } from './openid-client.js';
import { startOurs } from './ours.js';
import { startSimpleOAuth2 } from './simple-oauth2.js';

const STARTS: Record<ClientName, (setup: ClientSetup) => Promise<AxiosInstance>> = {
  bare: startBare,
  twin: startBare,
  redirecting: startRedirecting,
  headerless: startHeaderless,
  ours: startOurs,
  'simple-oauth2': startSimpleOAuth2,
  'axios-token-interceptor': startAxiosTokenInterceptor,
  'openid-client': startOpenidClient,
};

// In a process of its own: [name].
const [name] = process.argv.slice(2) as [ClientName];

/** All that is left of Axios is Axios itself. A call without a token is a contestant that cheats. */
const answersAtOnce: AxiosAdapter = async (config) => {
  const authorized = config.headers.has('Authorization');
  if (authorized === (name === 'headerless'))
    throw new Error('a call without a token, or with one');
  return { data: '{"id":42}', status: 200, statusText: 'OK', headers: {}, config };
};

let instances: Record<Workload, AxiosInstance> | undefined;

async function run(job: Job): Promise<object> {
  if (job.kind === 'open') {
    const { baseURL, tokenEndpoint } = job;
    const wire = await STARTS[name]({ baseURL, tokenEndpoint });
    const pipeline = await STARTS[name]({ baseURL, tokenEndpoint, adapter: answersAtOnce });
    instances = { wire, pipeline };
    return {};
  }
  if (!instances) throw new Error('nothing is open yet');
  if (job.kind === 'burst') return burst(instances[job.workload], job.workload, job.ms);
  // What waits for a token need not wait for a server as well.
  if (job.kind === 'flood') return flood(instances.pipeline, job.calls);
  return pace(instances.wire, job.perSecond, job.ms);
}

process.on('disconnect', () => process.exit());
process.on('message', (job: Job) => {
  run(job).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.({});
