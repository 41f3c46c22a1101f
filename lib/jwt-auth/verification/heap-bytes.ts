import type { VerifiedAccessToken } from './verified-access-token.js';

/**
 * What values take on the heap of V8 at most, in bytes: found by measuring, and rounded up. The smallest are what counts, as a
 * token of a few kilobytes can hold thousands of them.
 */
const COST = { token: 1_000, object: 128, member: 80, list: 64, item: 8, text: 32, other: 24 };
const SET_COST = { set: 200, member: 40 };
/** More takes two bytes a character. */
const NARROW = /^[\0-\xff]*$/;

/**
 * About how much memory a token takes, never much less. Stops counting beyond a limit.
 *
 * @returns more than the limit where there is more
 */
export function heapBytesOf(token: VerifiedAccessToken, limit: number): number {
  const { raw, scopes, roles, permissions, audience, claims, verified } = token;
  const counter = new HeapBytes(limit);
  counter.add(COST.token);
  for (const value of [raw, audience, claims]) counter.count(value);
  // What a schema has made of them is beside them.
  if (verified.claims !== claims) counter.count(verified.claims);
  // Roles and permissions are the very texts of the claims; scopes are cut out of one.
  for (const set of [scopes, roles, permissions]) counter.add(setBytes(set.size));
  for (const scope of scopes) counter.count(scope);
  return counter.bytes;
}

function setBytes(size: number): number {
  return size === 0 ? 0 : SET_COST.set + size * SET_COST.member;
}

/** Counts what a value takes, each object once. */
class HeapBytes {
  bytes = 0;
  private readonly counted = new Set<object>();

  constructor(private readonly limit: number) {}

  add(bytes: number): void {
    this.bytes += bytes;
  }

  count(value: unknown): void {
    if (this.bytes > this.limit) return;
    if (typeof value === 'string') this.add(textBytes(value));
    else if (typeof value !== 'object' || value === null) this.add(COST.other);
    else if (!this.counted.has(value)) {
      this.counted.add(value);
      this.countMembers(value);
    }
  }

  private countMembers(value: object): void {
    if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
      this.add(Array.isArray(value) ? COST.list + value.length * COST.item : setBytes(value.size));
      for (const item of value) this.count(item);
      return;
    }
    this.add(COST.object);
    // By descriptors: what a schema has made may have getters, which are not to be called.
    const members = Object.entries(Object.getOwnPropertyDescriptors(value));
    for (const [name, { value: member }] of members) {
      this.add(COST.member + name.length);
      this.count(member);
    }
  }
}

function textBytes(text: string): number {
  return COST.text + text.length * (NARROW.test(text) ? 1 : 2);
}
