import { inspect } from 'node:util';

/** Everything that a logger, a debugger or an error reporter could get out of a value. */
export function everyFormOf(value: unknown): string {
  const forms = [
    inspect(value, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null }),
    text(value),
    json(value),
  ];
  for (let error = value; error instanceof Error; error = error.cause) {
    forms.push(error.message, error.stack ?? '', json(Object.entries(error)));
  }
  return forms.join('\n');
}

function text(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '';
  }
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}
