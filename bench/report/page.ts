import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PERCENTILES, type Plot } from './latencies.js';
import { asHtml, escaped, type Table } from './table.js';

const { resolve } = createRequire(new URL('../../web/package.json', import.meta.url));

/** One file that needs no other: the tables and a plot for each workload that has latencies. */
export function page(notes: readonly string[], tables: readonly Table[], plots: readonly Plot[]): string {
  const data = JSON.stringify({ percentiles: PERCENTILES, plots: plots.filter(({ series }) => series.length > 0) });
  const parts = {
    '/* uPlot.css */': readFileSync(resolve('uplot/dist/uPlot.min.css'), 'utf8'),
    '/* uPlot.js */': readFileSync(resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'),
    '<!-- tables -->': [...notes.map((note) => `<p>${escaped(note)}</p>`), ...tables.map(asHtml)].join('\n'),
    // Nothing in it may look like the end of its script.
    '"latencies"': data.replaceAll('<', String.raw`\u003c`),
  };
  const template = readFileSync(new URL('page.html', import.meta.url), 'utf8');
  return Object.entries(parts).reduce((html, [place, text]) => html.replace(place, () => text), template);
}
