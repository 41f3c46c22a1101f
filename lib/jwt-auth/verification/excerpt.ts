/** A value that somebody sent, fit for one line of a log. */
export function excerpt(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 200);
}
