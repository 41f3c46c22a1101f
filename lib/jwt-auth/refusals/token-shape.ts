/** What kind of text came as a token. */
export type TokenShape =
  'jwt' | 'encrypted' | 'opaque' | 'placeholder' | 'hydra' | 'authelia' | 'google' | 'github';

const SHAPES: readonly (readonly [TokenShape, RegExp])[] = [
  // What programs send that have no token.
  ['placeholder', /^(?:undefined|null|none|nil|true|false|NaN|token|access_token)$/i],
  ['hydra', /^ory_[ar]t_/],
  ['authelia', /^authelia_[ar]t_/],
  ['google', /^ya29\./],
  ['github', /^(?:gh[opsu]_|github_pat_)/],
];

/** Tells kinds of tokens apart without a look into them. */
export function shapeOf(raw: string): TokenShape {
  return SHAPES.find(([, pattern]) => pattern.test(raw))?.[0] ?? shapeOfParts(raw.split('.', 6));
}

function shapeOfParts(parts: readonly string[]): TokenShape {
  if (parts.length === 3 && !parts.includes('')) return 'jwt';
  // RFC 7516 section 7.1: the key may be empty.
  return parts.length === 5 && !parts.toSpliced(1, 1).includes('') ? 'encrypted' : 'opaque';
}
