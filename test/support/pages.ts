import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { slugify } from '../../docs/.vitepress/slugify.js';

/** The README and the pages of `docs/`, by their paths. */
export const pages: ReadonlyMap<string, string> = new Map(
  ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)]
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path, readFileSync(path, 'utf8')]),
);

export function page(path: string): string {
  const text = pages.get(path);
  if (text === undefined) throw new Error(`There is no ${path}`);
  return text;
}

export interface Block {
  /** What its first line says (`// src/app.module.ts`), else one that is made up. */
  readonly file: string;
  /** The blocks of one project import each other. */
  readonly project: string;
  readonly code: string;
}

/** The code blocks of a page in a language. */
export function blocks(language: string, path: string): Block[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms');
  return [...page(path).matchAll(fence)].map(([, code = ''], i) => {
    const file = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
    return {
      code,
      file: file ?? `${basename(path, '.md')}-${i + 1}.ts`,
      project: file ? 'shop' : 'alone',
    };
  });
}

const withoutCode = (text: string) => text.replaceAll(/^```.*?^```/gms, '');

/** The anchors that a page has. */
export function anchors(text: string): Set<string> {
  return new Set([...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, h = '']) => slugify(h)));
}

/** Where the links and images of a page lead to. */
export function links(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
}

/** The links of a page that lead nowhere: to a file that is not there, or to no heading of it. */
export function deadLinks(
  path: string,
  text: string,
  isThere: (file: string) => boolean = existsSync,
): string[] {
  return links(text).filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : normalize(join(dirname(path), file));
    if (!isThere(target)) return true;
    return anchor !== undefined && !anchors(readFileSync(target, 'utf8')).has(anchor);
  });
}

/** The names in the first column of the tables that a page has. */
export function namesInTables(text: string): string[] {
  const cells = [...text.matchAll(/^\| (.*?) +\|/gm)].map(([, cell = '']) => cell);
  const names = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, n = '']) => n));
  return [...new Set(names)];
}
