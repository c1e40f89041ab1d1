/**
 * Copies the colors of the other pages (web/shared/theme.css), so that this page does not depend on
 * their build.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#f7f5f1, #131211);
  --surface: light-dark(#ffffff, #1c1b19);
  --surface-2: light-dark(#f1eee8, #262421);
  --border: light-dark(#e0dbd2, #35322d);
  --text: light-dark(#1f1c18, #f0ede7);
  --text-2: light-dark(#5e574d, #aea79c);
  --accent: light-dark(#b5390f, #ff8f5e);
  --info: light-dark(#1a5699, #8bbcff);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
*, *::before, *::after { box-sizing: border-box; }
html { scroll-padding-top: 16px; text-size-adjust: 100%; -webkit-text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--bg);
  color: var(--text);
  font: 15px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif;
}
.page { display: grid; grid-template-columns: 232px minmax(0, 1fr); max-width: 1180px; margin: 0 auto; }
nav { position: sticky; top: 0; align-self: start; max-height: 100dvh; overflow-y: auto; padding: 32px 16px; }
nav h2 { margin: 20px 8px 4px; font-size: 0.8125rem; color: var(--text-2); font-weight: 600; }
nav a { display: block; padding: 2px 8px; border-radius: 6px; color: var(--text); text-decoration: none; }
nav a:hover { background: var(--surface-2); }
nav .to { color: var(--accent); }
main { padding: 32px 24px 96px; }
h1 { margin: 0 0 8px; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.02em; }
main > h2 { margin: 48px 0 12px; font-size: 1.25rem; letter-spacing: -0.01em; }
p { margin: 0 0 12px; max-width: 72ch; }
a { color: var(--accent); }
a:focus-visible, .table:focus-visible, pre:focus-visible { outline: 2px solid var(--info); outline-offset: 2px; }
code, pre { font-family: var(--mono); font-size: 0.8125rem; }
p code, td code, li code { padding: 1px 4px; border-radius: 4px; background: var(--surface-2); overflow-wrap: anywhere; }
article { margin: 0 0 16px; padding: 16px 20px; border: 1px solid var(--border); border-radius: 10px; background: var(--surface); }
article h3 { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; margin: 0 0 6px; font: 600 1rem/1.4 var(--mono); }
article h3 small { font: 0.8125rem/1.4 system-ui, sans-serif; color: var(--text-2); }
.table { overflow-x: auto; margin: 0 0 12px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--border); text-align: left; vertical-align: top; }
th { color: var(--text-2); font-size: 0.8125rem; font-weight: 600; }
td:first-child, td.kind { white-space: nowrap; }
td:first-child { width: 8rem; }
td.kind { width: 16rem; }
td.kind { color: var(--info); font: 0.8125rem/1.7 var(--mono); }
pre { margin: 0; padding: 12px; overflow-x: auto; border-radius: 6px; background: var(--surface-2); }
.optional { color: var(--text-2); }
@media (max-width: 760px) {
  .page { display: block; }
  nav { position: static; max-height: none; padding: 24px 16px 0; }
  nav a { display: inline-block; }
  main { padding: 24px 16px 64px; }
  article { padding: 14px; }
  td.kind { width: auto; white-space: normal; }
}
@media print { nav { display: none; } .page { display: block; } }
`;
