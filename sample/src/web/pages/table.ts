import { html, type Html } from '../../common/html.js';

/** Names and values in two columns. What is not text is shown as JSON. */
export function table(caption: string, rows: readonly (readonly [string, unknown])[]): Html {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <tbody>
      ${rows.map(
        ([name, value]) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${value instanceof Date ? moment(value) : textOf(value)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function moment(time: Date): Html {
  const iso = time.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
