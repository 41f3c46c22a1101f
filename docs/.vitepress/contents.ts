import { readFileSync } from 'node:fs';

export interface Group {
  readonly text: string;
  readonly items: readonly { readonly text: string; readonly link: string }[];
}

/** The groups of pages that `index.md` lists: one list for whoever reads on, for the sidebar and for llms.txt. */
export function contents(): Group[] {
  const [, ...groups] = readFileSync(new URL('../index.md', import.meta.url), 'utf8').split(
    '\n## ',
  );
  return groups.map((group) => ({
    text: group.slice(0, group.indexOf('\n')),
    items: [...group.matchAll(/\[([^\]]+)\]\(([\w-]+)\.md\)/g)].map(([, text = '', name = '']) => ({
      text: text.charAt(0).toUpperCase() + text.slice(1),
      link: `/${name}`,
    })),
  }));
}
