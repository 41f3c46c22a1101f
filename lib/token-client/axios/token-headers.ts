/**
 * The headers that prove who is calling: those of the RFCs, and those that the clients of this process put their tokens into.
 * One list for all clients, as what is shown of a connection may be the request of any of them.
 */
const names = new Set(['authorization', 'dpop', 'proxy-authorization']);
let lines = linesOf();

export function addTokenHeader(name: string): void {
  names.add(name.toLowerCase());
  lines = linesOf();
}

export function isTokenHeader(name: string): boolean {
  return names.has(name.toLowerCase());
}

/** Each as a line in the text of a native request. */
export function tokenHeaderLines(): RegExp {
  return lines;
}

function linesOf(): RegExp {
  const escaped = [...names].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^(${escaped.join('|')}): .*$`, 'gim');
}
