/** JSON as a person reads it: a list of plain values, or an object of them, stays on one line. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(
    /[[{]\n\s+[^[\]{}]+?\n\s*[\]}]/g,
    (innermost) => {
      const line = innermost.replaceAll(/\n\s*/g, ' ');
      return line.length <= 90 ? line : innermost;
    },
  );
}

/** Enough of a token to recognize it, too little to use it. */
export function shorten(token: string): string {
  return `${token.slice(0, 16)}... (${token.length} characters)`;
}
