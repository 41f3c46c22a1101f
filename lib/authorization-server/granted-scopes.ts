/**
 * The scopes in an answer (RFC 6749 section 3.3). Some servers put commas between them. As a comma may be part of a scope, one
 * that nobody asked for counts as several only where one of those was asked for.
 */
export function grantedScopes(text: string, asked: readonly string[]): string[] {
  const words = text.split(' ').filter(Boolean);
  return words.flatMap((word) => {
    if (!word.includes(',') || asked.includes(word)) return [word];
    const parts = word.split(',').filter(Boolean);
    return parts.some((part) => asked.includes(part)) ? parts : [word];
  });
}
