import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { contents } from './contents.js';
import { linksOfTheSite } from './links.js';
import { writeLlms } from './llms.js';
import { slugify } from './slugify.js';

const { name, description }: { name: string; description: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

export default defineConfig({
  title: name,
  description,
  cacheDir: '../temp/vitepress',
  srcExclude: ['images'],
  markdown: { anchor: { slugify }, toc: { slugify }, headers: { slugify }, config: linksOfTheSite },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Reference', link: '/jwt-auth-options' },
      { text: 'Why 401?', link: '/troubleshooting' },
    ],
    sidebar: contents().map(({ text, items }) => ({ text, items: [...items] })),
  },
  buildEnd: ({ outDir }) => writeLlms(outDir, name, description),
});
