import { execFileSync } from 'node:child_process';

/** What `npm pack` would make of the folder as it is; sizes in kilobytes. */
export function packedSize(): { packed: number; unpacked: number; files: number } {
  const flags = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const output = execFileSync('npm', flags, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [tarball] = JSON.parse(output) as [
    { size: number; unpackedSize: number; entryCount: number },
  ];
  return {
    packed: Math.round(tarball.size / 1000),
    unpacked: Math.round(tarball.unpackedSize / 1000),
    files: tarball.entryCount,
  };
}
