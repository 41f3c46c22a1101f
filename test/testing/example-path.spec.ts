import { examplePath } from '../../lib/testing/attacks/example-path.js';

it.each([
  ['/', '/'],
  ['/orders/:id', '/orders/1'],
  ['/orders/:id/lines/:line', '/orders/1/lines/1'],
  ['/orders{/:part}', '/orders'],
  ['/files/*path', '/files/x'],
  ['/files/*', '/files/x'],
])('a path that %s answers is %s', (path, example) => {
  expect(examplePath(path)).toBe(example);
});
