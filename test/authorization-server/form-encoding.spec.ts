import {
  formEncoded,
  isEscaped,
} from '../../lib/authorization-server/client-authentication/form-encoding.js';

describe('the form-encoding of Basic credentials', () => {
  it.each([
    ['a4f13611-c393-4a21-adde-f8c2176c30c2', 'a4f13611-c393-4a21-adde-f8c2176c30c2'],
    ['AZaz09-._~*', 'AZaz09-._~*'],
    ['a b', 'a+b'],
    ['a+b', 'a%2Bb'],
    ['a:b', 'a%3Ab'],
    ["!'()", '%21%27%28%29'],
    ['%7E', '%257E'],
    ['€/\\"', '%E2%82%AC%2F%5C%22'],
    ['', ''],
  ])('of %j', (text, encoded) => {
    expect(formEncoded(text)).toBe(encoded);
    expect(new URLSearchParams(`v=${encoded}`).get('v')).toBe(text);
    expect(isEscaped(text)).toBe(text !== encoded);
  });
});
