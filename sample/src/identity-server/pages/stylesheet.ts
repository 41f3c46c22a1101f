import { createHash } from 'node:crypto';

export const stylesheet = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f3f4f7, #14161c);
  --card: light-dark(#fff, #1e212a);
  --text: light-dark(#1c2030, #e8eaf0);
  --quiet: light-dark(#5b6275, #a3aabb);
  --line: light-dark(#d8dce6, #363b49);
  --accent: light-dark(#3149b8, #8fa3ff);
  --on-accent: light-dark(#fff, #10131c);
  --bad: light-dark(#a3172b, #ff9aa8);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: 1.5rem 1rem 3rem;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.55 "Avenir Next", Inter, "Segoe UI", "Noto Sans", Cantarell, system-ui, sans-serif;
}
header { display: flex; gap: 0.5rem; align-items: center; max-width: 26rem; margin: 0 auto 0.75rem; color: var(--quiet); font-size: 0.9rem; }
.logo { width: 1.5rem; height: 1.5rem; color: var(--accent); }
main {
  max-width: 26rem;
  margin: 0 auto;
  padding: 1.5rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
}
a { color: var(--accent); }
h1 { margin: 0 0 0.75rem; font-size: 1.4rem; line-height: 1.25; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
ul { margin: 0 0 1.25rem; padding: 0; list-style: none; }
li { padding: 0.5rem 0; border-top: 1px solid var(--line); }
li small { display: block; color: var(--quiet); overflow-wrap: anywhere; }
label { display: block; margin-bottom: 1rem; font-weight: 600; }
input {
  display: block;
  width: 100%;
  margin-top: 0.25rem;
  padding: 0.6rem 0.7rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  background: var(--page);
  color: inherit;
  font: inherit;
  font-weight: 400;
}
.actions { display: flex; flex-wrap: wrap; gap: 0.6rem; }
button {
  flex: 1 1 8rem;
  min-height: 2.75rem;
  padding: 0.5rem 1rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  background: transparent;
  color: inherit;
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
button.main { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.error { color: var(--bad); font-weight: 600; }
.hint { margin: 1.25rem 0 0; color: var(--quiet); font-size: 0.9rem; }
`;

const version = createHash('sha256').update(stylesheet).digest('hex').slice(0, 12);

/** Named after what is in it, so that a browser may keep it for ever. */
export const stylesheetPath = `/assets/${version}.css`;
