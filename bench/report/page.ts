import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PERCENTILES, type Plot } from './latencies.js';
import { asHtml, escaped, type Table } from './table.js';

const { resolve } = createRequire(new URL('../../web/package.json', import.meta.url));

/** Renders one self-contained file: the tables, and a plot for each workload with latencies. */
export function page(notes: readonly string[], tables: readonly Table[], plots: readonly Plot[]): string {
  const data = JSON.stringify({ percentiles: PERCENTILES, plots: plots.filter(({ series }) => series.length > 0) });
  const parts = {
    '/* uPlot.css */': readFileSync(resolve('uplot/dist/uPlot.min.css'), 'utf8'),
    '/* uPlot.js */': readFileSync(resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'),
    '<!-- tables -->': [...notes.map((note) => `<p>${escaped(note)}</p>`), ...tables.map(asHtml)].join('\n'),
    // The data must not contain the end tag of its script.
    '"latencies"': data.replaceAll('<', String.raw`\u003c`),
  };
  const template = readFileSync(new URL('page.html', import.meta.url), 'utf8');
  return Object.entries(parts).reduce((html, [place, text]) => html.replace(place, () => text), template);
}
