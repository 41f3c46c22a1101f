/**
 * The end of a message: the page that says more, by its short name. `errors#no_user` is a heading of `docs/errors.md` in this
 * package, and of the page `errors` of the documentation site.
 */
export function see(page: string, heading: string): string {
  return `(see: ${page}#${heading})`;
}

/** A message that goes into another sentence, which ends with a page of its own, or is cut off before that. */
export function withoutPage(message: string): string {
  return message.replace(/\s*\(see: [\w-]+#[\w-]+\)$/, '');
}
