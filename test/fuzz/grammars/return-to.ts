import fc from 'fast-check';
import { edited, edits } from './edits.js';

const HOSTS = [
  'evil.example',
  '127.0.0.1',
  '[::1]',
  'user@evil.example',
  '2130706433',
  'evil.example:80',
];
const LEADS = [
  '/',
  '//',
  '///',
  '/\\',
  '\\',
  '\\\\',
  '/%2f',
  '/%5c',
  '/%252f',
  '/.//',
  '/..//',
  '/a/..//',
  '/a/%2e%2e//',
  '/%09/',
  '/\t/',

  'https://',
  'http:',
  'javascript:',
  'data:',
  '/\u2215',
  '/;//',
  '/?//',
  '/#//',
  '/@',
  '@',
  '.',
  '/a?b=/',
  '/a/b#c',
];

/** Where somebody may want to lead users who sign in. */
export const returnTo: fc.Arbitrary<string> = fc
  .record({
    lead: fc.constantFrom(...LEADS),
    host: fc.constantFrom(...HOSTS, 'orders', ''),
    rest: fc.constantFrom(
      '',
      '/',
      '/x',
      '?a=b',
      '#a',
      '/%2e%2e/',
      '/../..//evil.example',
      '%0d%0aSet-Cookie:a=b',
    ),
    changes: fc.option(edits(), { nil: [] }),
  })
  .map(({ lead, host, rest, changes }) => edited(lead + host + rest, changes));

/**
 * Whether a path stays where it is, for anybody who may read it: browsers, and proxies that decode it, once or more.
 *
 * @param origin that of the application
 */
export function staysAt(path: string, origin: string): boolean {
  let read = path;
  for (let decodings = 0; decodings < 6; decodings++) {
    if (/[\p{Cc}\\]/u.test(read) || !read.startsWith('/') || read.startsWith('//')) return false;
    if (!URL.canParse(read, origin) || new URL(read, origin).origin !== origin) return false;
    try {
      // What comes after the path is nobody's place.
      read = decodeURIComponent(read.split(/[?#]/, 1)[0] ?? '');
    } catch {
      return true;
    }
  }
  return true;
}
