import { readFileSync, writeFileSync } from 'node:fs';
import { contents } from './contents.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const INCLUDED = /<!--@include: ([\w./]+).*-->/;

/** Puts llms.txt (https://llmstxt.org) beside the site, all pages as Markdown, and all of them in one file. */
export function writeLlms(outDir: string, title: string, summary: string): void {
  const lines = [`# ${title}`, '', `> ${summary}`];
  const texts: string[] = [];
  for (const { text, items } of contents()) {
    lines.push('', `## ${text}`, '');
    for (const { text: name, link } of items) {
      const page = read(`..${link}.md`).replace(INCLUDED, (_, file: string) => read(`../${file}`));
      writeFileSync(`${outDir}${link}.md`, page);
      lines.push(`- [${name}](${link}.md)`);
      texts.push(page);
    }
  }
  writeFileSync(`${outDir}/llms.txt`, `${lines.join('\n')}\n`);
  writeFileSync(`${outDir}/llms-full.txt`, texts.join('\n'));
}
