import { assetPath } from './asset-path.js';

export const stylesheet = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f3f5f4, #12161a);
  --card: light-dark(#fff, #1b2127);
  --text: light-dark(#17211d, #e6ebe9);
  --quiet: light-dark(#55635d, #9daba5);
  --line: light-dark(#d6dedb, #33403b);
  --accent: light-dark(#0f6b4c, #6fd3a8);
  --on-accent: light-dark(#fff, #0b1410);
  --soft: light-dark(#e4f2ec, #1d332a);
  --bad: light-dark(#a3172b, #ff9aa8);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.55 "Avenir Next", Inter, "Segoe UI", "Noto Sans", Cantarell, system-ui, sans-serif;
}
header, main { max-width: 68rem; margin: 0 auto; padding: 0 1rem; }
header {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0.25rem 1rem;
  padding-block: 1rem;
  color: var(--quiet);
  font-size: 0.95rem;
}
header span { overflow-wrap: anywhere; }
.brand { display: inline-flex; gap: 0.5rem; align-items: center; color: var(--text); font-weight: 700; text-decoration: none; }
.logo { width: 1.5rem; height: 1.5rem; color: var(--accent); }
main { padding-bottom: 3rem; }
h1 { margin: 0.5rem 0 1.25rem; font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.75rem; font-size: 1.1rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
.columns { display: grid; gap: 1rem; align-items: start; }
@media (min-width: 48rem) { .columns { grid-template-columns: 1fr 1fr; } }
section {
  min-width: 0;
  padding: 1.25rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
}
.actions { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 0 0 1.25rem; }
section > .actions:last-child { margin-bottom: 0; }
.button, button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  min-height: 2.75rem;
  padding: 0.5rem 1.1rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  background: var(--card);
  color: inherit;
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
.main { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.button:hover, button:hover { border-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; font-size: 0.95rem; }
caption { padding-bottom: 0.4rem; color: var(--quiet); font-size: 0.9rem; text-align: left; }
th, td { padding: 0.45rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { width: 36%; padding-right: 0.75rem; color: var(--quiet); font-weight: 500; }
code { font-size: 0.95em; }
.token { margin-bottom: 1rem; padding: 1rem; background: var(--soft); border-radius: 0.5rem; }
.token p { margin: 0; }
.clock { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.75rem; }
.clock strong { color: var(--accent); font-size: 2rem; font-variant-numeric: tabular-nums; }
.notice { padding: 0.75rem 1rem; background: var(--soft); border-left: 4px solid var(--accent); border-radius: 0.25rem; }
.notice.bad { border-color: var(--bad); }
details { margin-top: 0.75rem; }
summary { min-height: 2.75rem; padding-block: 0.6rem; color: var(--quiet); cursor: pointer; }
.hint { margin: 1rem 0 0; color: var(--quiet); font-size: 0.9rem; }
@media (max-width: 30rem) {
  .actions > * { flex: 1 1 100%; }
  .actions button { width: 100%; }
  /* Names of claims are long words: beside their values they would break in two. */
  th, td { display: block; width: auto; border-top: 0; padding-block: 0; }
  th { padding-top: 0.45rem; border-top: 1px solid var(--line); }
  td { padding-bottom: 0.45rem; }
}
`;

export const stylesheetPath = assetPath(stylesheet, 'css');
