/** The words of a text, for lists that are easier to read as one. */
export function words(text: string): readonly string[] {
  return text.split(' ');
}
