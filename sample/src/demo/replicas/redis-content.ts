import { createClient } from 'redis';

/** Everything in a Redis that is text, by its key. */
export async function readAll(url: string): Promise<Map<string, string>> {
  const client = await createClient({ url }).connect();
  try {
    const content = new Map<string, string>();
    for await (const keys of client.scanIterator()) {
      for (const key of keys) {
        content.set(key, (await client.get(key)) ?? '');
      }
    }
    return content;
  } finally {
    client.destroy();
  }
}
