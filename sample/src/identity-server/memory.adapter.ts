import { errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';

/**
 * Where oidc-provider keeps what must outlive a request: sessions, grants and refresh tokens, but no JWT
 * access token. All of it ends with the process.
 */
export function memoryAdapter(): AdapterFactory {
  const stored = new Map<string, { payload: AdapterPayload; expiresAt: number }>();

  const find = (matches: (key: string, payload: AdapterPayload) => boolean) => {
    for (const [key, { payload, expiresAt }] of stored) {
      if (expiresAt <= Date.now()) {
        stored.delete(key);
      } else if (matches(key, payload)) {
        return payload;
      }
    }
    return undefined;
  };

  return (model: string): Adapter => {
    const keyOf = (id: string) => `${model}:${id}`;
    const ofModel = (key: string) => key.startsWith(`${model}:`);
    return {
      find: async (id) => find((key) => key === keyOf(id)),
      findByUid: async (uid) => find((key, payload) => ofModel(key) && payload.uid === uid),
      findByUserCode: async (userCode) =>
        find((key, payload) => ofModel(key) && payload.userCode === userCode),
      upsert: async (id, payload, expiresIn) => {
        const expiresAt = expiresIn ? Date.now() + expiresIn * 1000 : Infinity;
        stored.set(keyOf(id), { payload, expiresAt });
      },
      consume: async (id) => {
        const entry = stored.get(keyOf(id));
        // What is good once is good once, also for two requests at the same moment.
        if (entry?.payload.consumed) {
          throw new errors.InvalidGrant('already used');
        }
        if (entry) {
          entry.payload.consumed = Math.floor(Date.now() / 1000);
        }
      },
      destroy: async (id) => {
        stored.delete(keyOf(id));
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, { payload }] of stored) {
          if (ofModel(key) && payload.grantId === grantId) {
            stored.delete(key);
          }
        }
      },
    };
  };
}
