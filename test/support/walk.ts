import { inspect } from 'node:util';

/** Where a text can be got to from a value, by way of what is enumerable: members, entries of maps and sets. */
export function pathsTo(value: unknown, secrets: readonly string[]): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const open: { value: unknown; path: string }[] = [{ value, path: '$' }];
  const isShown = (text: string) => secrets.some((secret) => text.includes(secret));
  for (let next = open.pop(); next; next = open.pop()) {
    const { value: one, path } = next;
    if (typeof one === 'string' && isShown(one)) found.push(path);
    if ((typeof one !== 'object' && typeof one !== 'function') || one === null) continue;
    if (seen.has(one)) continue;
    seen.add(one);
    if (ArrayBuffer.isView(one)) {
      const bytes = Buffer.from(one.buffer, one.byteOffset, one.byteLength);
      if (isShown(bytes.toString('latin1'))) found.push(`${path} (bytes)`);
      continue;
    }
    for (const [name, member] of membersOf(one)) open.push({ value: member, path: path + name });
  }
  return found;
}

/** In how many ways, other than by walking, a text shows in a value that a logger or a serializer is given. */
export function formsWith(value: unknown, secrets: readonly string[]): string[] {
  const forms: [string, () => string][] = [
    ['util.inspect', () => inspect(value)],
    ['util.inspect, depth 8', () => inspect(value, { depth: 8, compact: false })],
    // Not made pretty: that alone takes longer than all the rest.
    [
      'util.inspect, no depth',
      () => inspect(value, { depth: null, maxArrayLength: null, compact: false }),
    ],
    ['JSON.stringify', () => JSON.stringify(value)],
    ['JSON without cycles', () => withoutCycles(value)],
    ['JSON of its members', () => withoutCycles({ ...Object(value) })],
    ['toJSON', () => withoutCycles(toJSON(value))],
    ['String', () => String(value)],
    ['stack', () => String(Object(value).stack)],
  ];
  return forms
    .filter(([, form]) => secrets.some((secret) => attempt(form).includes(secret)))
    .map(([name]) => name);
}

/** Everything that can be told from what came back from a call: itself, and what it has by well-known names. */
export function lookThrough(outcome: unknown, secrets: readonly string[]): string[] {
  const parts: [string, unknown][] = [['outcome', outcome]];
  for (
    let error = outcome, depth = 0;
    isObject(error) && depth < 5;
    error = error['cause'], depth += 1
  ) {
    for (const name of ['config', 'request', 'response', 'cause']) {
      if (error[name] !== undefined) parts.push([`${'cause.'.repeat(depth)}${name}`, error[name]]);
    }
    const { request, response, data } = error;
    if (isObject(request))
      parts.push(['request.res', request['res']], ['request.copy', { ...request }]);
    if (isObject(response)) {
      for (const name of ['config', 'request', 'data'])
        parts.push([`response.${name}`, response[name]]);
    }
    if (isObject(data)) parts.push(['data', data]);
  }
  return parts.flatMap(([part, value]) =>
    [...pathsTo(value, secrets), ...formsWith(value, secrets)].map((where) => `${part}: ${where}`),
  );
}

function membersOf(owner: object): [string, unknown][] {
  const members: [string, unknown][] = [];
  for (const name of Reflect.ownKeys(owner)) {
    const member = Object.getOwnPropertyDescriptor(owner, name);
    if (!member?.enumerable) continue;
    members.push([`.${String(name)}`, attemptValue(() => Reflect.get(owner, name))]);
  }
  if (owner instanceof Map || owner instanceof Set) {
    for (const entry of owner) members.push(['<entry>', entry]);
  }
  return members;
}

function withoutCycles(value: unknown): string {
  const seen = new WeakSet<object>();
  return (
    JSON.stringify(value, (_key, member: unknown) => {
      if (typeof member === 'bigint') return String(member);
      if (!isObject(member)) return member;
      if (member['type'] === 'Buffer' && Array.isArray(member['data']))
        return Buffer.from(member['data']).toString('latin1');
      if (seen.has(member)) return '[Circular]';
      seen.add(member);
      return member;
    }) ?? ''
  );
}

function toJSON(value: unknown): unknown {
  const own: unknown = isObject(value) ? value['toJSON'] : undefined;
  return typeof own === 'function' ? (own.call(value) as unknown) : undefined;
}

function attempt(form: () => string): string {
  return String(attemptValue(form));
}

function attemptValue(get: () => unknown): unknown {
  try {
    return get();
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
