import { timeLookUps } from './look-ups.js';
import { bytesPerToken } from './memory.js';

export type CacheJob =
  | { readonly kind: 'memory'; readonly tokenEndpoint: string; readonly count: number }
  | { readonly kind: 'look-ups'; readonly lookUps: number };

// In a process of its own, for a heap that nobody else uses.
process.on('disconnect', () => process.exit());
process.on('message', (job: CacheJob) => {
  const work: Promise<object> =
    job.kind === 'memory'
      ? bytesPerToken(job.tokenEndpoint, job.count).then((bytes) => ({ bytes }))
      : timeLookUps(job.lookUps);
  work.then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.({});
