/** What `{ ...from }` does, several times as fast for the objects without a prototype that Axios hands down. */
export function copyMembers<T extends object>(from: T, to: T): void {
  for (const key in from) if (Object.hasOwn(from, key)) to[key] = from[key];
}
