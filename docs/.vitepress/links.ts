import type { MarkdownRenderer } from 'vitepress';

/**
 * The pages link as it is right in the repository and in the package. On the site, what is outside of this folder has no
 * page, so it is text; and what a file outside says of this folder (SECURITY.md, which a page includes) is a page beside.
 */
export function linksOfTheSite(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links_of_the_site', ({ tokens }) => {
    const open: boolean[] = [];
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type === 'link_open') {
        const href = String(token.attrGet('href'));
        const outside = href.startsWith('../');
        open.push(outside);
        if (outside) Object.assign(token, { tag: 'span', attrs: [] });
        else token.attrSet('href', href.replace(/^docs\//, ''));
      } else if (token.type === 'link_close' && open.pop() === true) token.tag = 'span';
    }
  });
}
