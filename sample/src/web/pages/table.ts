import { html, type Html } from '../../common/html.js';

const times = new Set(['auth_time', 'exp', 'iat', 'nbf']);

/** Names and values in two columns. What is not text is shown as JSON, and the times of tokens as such. */
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
            <td>${show(name, value)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function show(name: string, value: unknown): Html | string {
  if (value instanceof Date) {
    return moment(value);
  }
  if (times.has(name) && typeof value === 'number') {
    return moment(new Date(value * 1000));
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function moment(time: Date): Html {
  const iso = time.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}
