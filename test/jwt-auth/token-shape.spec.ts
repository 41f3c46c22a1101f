import { shapeOf } from '../../lib/jwt-auth/refusals/token-shape.js';

describe('shapeOf', () => {
  it.each([
    ['a.b.c', 'jwt'],
    ['a.b.c.d.e', 'encrypted'],
    ['a..c.d.e', 'encrypted'],
    ['a.b..d.e', 'opaque'],
    ['.b.c', 'opaque'],
    ['a.b.', 'opaque'],
    ['a.b', 'opaque'],
    ['a.b.c.d', 'opaque'],
    ['a.b.c.d.e.f', 'opaque'],
    ['', 'opaque'],
    ['undefined', 'placeholder'],
    ['NULL', 'placeholder'],
    ['ory_at_a.b', 'hydra'],
    ['authelia_at_x', 'authelia'],
    ['ya29.a.b', 'google'],
    ['gho_x', 'github'],
  ])('of %j is %s', (raw, shape) => {
    expect(shapeOf(raw)).toBe(shape);
  });
});
