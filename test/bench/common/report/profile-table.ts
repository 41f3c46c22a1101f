import { readFile } from 'node:fs/promises';

/** As much of a `.cpuprofile` as is read. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { functionName: string; url: string; lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  readonly micros: number;
}

/** Self times in the last `windowMs` of a profile, the largest first: of functions, or of whole packages. */
export async function selfTimes(
  file: string,
  windowMs: number,
  by: 'function' | 'package',
): Promise<SelfTime[]> {
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const names = new Map(
    nodes.map(({ id, callFrame }) => [
      id,
      by === 'package' ? packageOf(callFrame) : functionOf(callFrame),
    ]),
  );
  const totals = new Map<string, number>();
  let left = windowMs * 1000;
  for (let i = samples.length - 1; i >= 0 && left > 0; i -= 1) {
    // The time up to the next sample belongs to this one.
    const micros = timeDeltas[i + 1] ?? 0;
    const name = names.get(samples[i] ?? 0) ?? '?';
    totals.set(name, (totals.get(name) ?? 0) + micros);
    left -= micros;
  }
  return [...totals]
    .map(([name, micros]) => ({ name, micros }))
    .toSorted((a, b) => b.micros - a.micros);
}

type CallFrame = CpuProfile['nodes'][number]['callFrame'];

function functionOf({ functionName, url, lineNumber }: CallFrame): string {
  const place = url.replace(/^.*\/(?=node_modules\/|dist\/)/, '');
  return `${functionName || '(anonymous)'} ${place}${place ? `:${lineNumber + 1}` : ''}`.trim();
}

function packageOf({ functionName, url }: CallFrame): string {
  if (functionName.startsWith('(')) return functionName;
  const installed = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(url)?.[1];
  if (installed) return installed;
  if (url.startsWith('node:')) return url;
  return url === '' ? '(native)' : /\/bench\/dist\//.test(url) ? '(bench)' : 'nestjs-access-tokens';
}
