/** Text that is HTML already. All other text is escaped on its way into a page. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | readonly Html[] | string | undefined;

/** Builds HTML from a template: html`<p>${name}</p>` is safe whatever the name is. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(String.raw({ raw: texts }, ...parts.map(textOf)));
}

function textOf(part: Part): string {
  if (part instanceof Html) {
    return part.text;
  }
  return typeof part === 'object'
    ? part.map(({ text }) => text).join('')
    : (part ?? '').replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
