const CODES = { bold: 1, red: 31, green: 32 } as const;
const inColour = process.stdout.isTTY && !process.env['NO_COLOR'];

/** Where the demo writes. */
export interface Terminal {
  log(text: string): void;
}

/** In colour where that can be seen. */
export function paint(how: keyof typeof CODES, text: string): string {
  return inColour ? `\x1b[${CODES[how]}m${text}\x1b[0m` : text;
}
