/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly text: string;
}

/** Reads one answer from the beginning of what has come (RFC 9112 section 6.3); nothing while it is not whole. */
export function readAnswer(
  received: string,
  toHead: boolean,
  closed: boolean,
): { answer: RawAnswer; rest: string } | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = received.slice(0, end).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const fields = lines.map(fieldOf);
  const begin = end + 4;
  const length = bodyLength(received.slice(begin), status, fields, toHead, closed);
  if (length === undefined || received.length < begin + length) return undefined;
  const text = received.slice(0, begin + length);
  return {
    answer: { status, fields, body: text.slice(begin), text },
    rest: received.slice(begin + length),
  };
}

export function valuesOf({ fields }: RawAnswer, wanted: string): string[] {
  return fields.filter(([name]) => name === wanted).map(([, value]) => value);
}

function bodyLength(
  body: string,
  status: number,
  fields: RawAnswer['fields'],
  toHead: boolean,
  closed: boolean,
): number | undefined {
  if (toHead || status === 204 || status === 304) return 0;
  const named = new Map(fields);
  if (named.get('transfer-encoding') === 'chunked') {
    const last = /(?:^|\r\n)0\r\n\r\n/.exec(body);
    return last ? last.index + last[0].length : undefined;
  }
  const length = named.get('content-length');
  if (length !== undefined) return Number(length);
  return closed ? body.length : undefined;
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
