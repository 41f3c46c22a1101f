import { Agent, globalAgent } from 'node:https';
import { LRUCache } from 'lru-cache';
import { atMost } from '../../common/at-most.js';
import { digestOf } from '../../common/digest.js';
import type { TlsIdentity } from '../../authorization-server/client-authentication/client-credentials.js';

const MAX_AGENTS = 100;
const agents = new LRUCache<string, Agent>(atMost(MAX_AGENTS));
/** Spares the hash of what was looked up before. */
const keys = new WeakMap<TlsIdentity, string>();

/**
 * The agent that presents a certificate: the same for the same certificate, so that its connections are
 * used again. All else is as with the agent that would have been used without it.
 */
export function agentWith(identity: TlsIdentity): Agent {
  const key = keys.get(identity) ?? keyOf(identity);
  const known = agents.get(key);
  if (known) return known;
  const { certificate: cert, key: privateKey } = identity;
  const agent = new Agent({ ...globalAgent.options, keepAlive: true, cert, key: privateKey });
  agents.set(key, agent);
  return agent;
}

function keyOf(identity: TlsIdentity): string {
  const { certificate, key } = identity;
  const digest = digestOf([certificate, key]);
  keys.set(identity, digest);
  return digest;
}
