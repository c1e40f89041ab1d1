import type { ReceivedSpan } from './otlp-receiver.js';

interface Row {
  span: ReceivedSpan;
  depth: number;
}

const COLOURS = ['#3b6fd4', '#c2571a', '#2f8f5b', '#8a4fc7'];
const TICKS = 5;

/**
 * Renders a page that shows the spans of a trace as a waterfall, with parents, processes and times.
 */
export function tracePage(title: string, spans: readonly ReceivedSpan[]): string {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(({ parentSpanId }) => !ids.has(parentSpanId));
  const rows = inOrder(roots).flatMap((root) => rowsBelow(root, spans, 0));
  const fromMs = Math.min(...spans.map(({ startMs }) => startMs));
  const lastsMs = Math.max(...spans.map(({ endMs }) => endMs)) - fromMs;
  const nodes = [...new Set(rows.map(({ span }) => span.node))];
  const colourOf = (node: string): string => COLOURS[nodes.indexOf(node) % COLOURS.length] ?? '';
  const share = (ms: number): string => `${((100 * ms) / lastsMs).toFixed(2)}%`;
  const ticks = Array.from({ length: TICKS + 1 }, (_, n) => {
    const ms = (lastsMs * n) / TICKS;
    return `<span style="left:${share(ms)}">${duration(ms)}</span>`;
  });
  const lines = rows.map(({ span, depth }) => {
    const { name, node, startMs, endMs } = span;
    const bar = `left:${share(startMs - fromMs)};width:${share(endMs - startMs)};background:${colourOf(node)}`;
    return `<tr><td class="name" style="padding-left:${12 + 18 * depth}px">${name}<small>${detailOf(span)}</small></td>
<td class="node" style="color:${colourOf(node)}">${node}</td><td class="ms">${duration(endMs - startMs)}</td>
<td class="time"><i style="${bar}"></i></td></tr>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><style>
body { margin: 0; padding: 20px 28px 24px 16px; font: 14px/1.4 system-ui, sans-serif; color: #1d2330; background: #fff }
h1 { font-size: 16px; margin: 0 12px 12px } table { border-collapse: collapse; width: 100% }
td, th { padding: 5px 12px; text-align: left; border-bottom: 1px solid #e6e9ef; white-space: nowrap; font-weight: 400 }
th { color: #5b6475 } small { color: #5b6475; margin-left: 8px } .ms { text-align: right; font-variant-numeric: tabular-nums }
.time { width: 100%; position: relative; padding: 0 } .time i { position: absolute; top: 8px; height: 14px; min-width: 3px; border-radius: 2px }
.time span { position: absolute; top: 5px; transform: translateX(-50%); font-size: 12px } .time span:first-child { transform: none }
.time span:last-child { transform: translateX(-100%) }
</style><h1>${title}</h1><table><tr><th class="name">span</th><th>node</th><th class="ms">took</th><th class="time">${ticks.join('')}</th></tr>
${lines.join('\n')}</table></html>`;
}

const inOrder = (spans: readonly ReceivedSpan[]): ReceivedSpan[] => spans.toSorted((a, b) => a.startMs - b.startMs);

function rowsBelow(span: ReceivedSpan, all: readonly ReceivedSpan[], depth: number): Row[] {
  const children = inOrder(all.filter(({ parentSpanId }) => parentSpanId === span.spanId));
  return [{ span, depth }, ...children.flatMap((child) => rowsBelow(child, all, depth + 1))];
}

function detailOf({ name, attributes }: ReceivedSpan): string {
  const attempt = attributes['postrider.attempt'];
  if (attempt !== undefined) return `attempt ${String(attempt)}`;
  return name === 'accept' ? String(attributes['messaging.destination.name'] ?? '') : '';
}

const duration = (ms: number): string => (ms < 100 ? `${ms.toFixed(1)} ms` : `${(ms / 1_000).toFixed(2)} s`);
