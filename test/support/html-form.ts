/** A form in a page, as far as tests need to know it. */
export interface HtmlForm {
  action: string;
  method: string;
  /** Its fields and what they hold. */
  fields: Record<string, string>;
  buttons: HtmlButton[];
}

export interface HtmlButton {
  text: string;
  name: string | undefined;
  value: string;
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** The forms of a page that is as tidy as those of our samples and of oidc-provider. */
export function readForms(page: string): HtmlForm[] {
  const outside = buttonsIn(page).filter(({ form }) => form !== undefined);
  return [...page.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, tag = '', content = '']) => {
    const { id, action = '', method = 'get' } = attributesOf(tag);
    const inside = buttonsIn(content).filter(({ form }) => form === undefined);
    const buttons = [...inside, ...outside.filter(({ form }) => form === id)];
    return { action, method: method.toUpperCase(), fields: fieldsIn(content), buttons };
  });
}

function fieldsIn(content: string): Record<string, string> {
  const inputs = [...content.matchAll(/<input\b([^>]*)>/g)].map(([, tag = '']) =>
    attributesOf(tag),
  );
  return Object.fromEntries(
    inputs.flatMap(({ name, value = '' }) => (name === undefined ? [] : [[name, value]])),
  );
}

function buttonsIn(content: string): (HtmlButton & { form: string | undefined })[] {
  return [...content.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gs)].map(
    ([, tag = '', inner = '']) => {
      const { name, value = '', form } = attributesOf(tag);
      return { text: decodeHtml(inner.replaceAll(/<[^>]*>/g, '')).trim(), name, value, form };
    },
  );
}

function attributesOf(tag: string): Partial<Record<string, string>> {
  const found = tag.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/g);
  return Object.fromEntries(
    [...found].map(([, name = '', double, single]) => [name, decodeHtml(double ?? single ?? '')]),
  );
}

export function decodeHtml(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[String(name)] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
