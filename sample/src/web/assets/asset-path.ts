import { createHash } from 'node:crypto';

/** Another path whenever the content is another. */
export function assetPath(content: string, extension: string): string {
  const version = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return `/assets/${version}.${extension}`;
}
