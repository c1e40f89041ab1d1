/** Line of `GET /metrics`. */
export interface MetricRow {
  /** Declared name, without the `_bucket`, `_sum` or `_count` of a histogram. */
  name: string;
  /** Name as it stands in the line. */
  series: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Parses the text format of Prometheus, as far as the server uses it. */
export function metricRows(text: string): MetricRow[] {
  const histograms = new Set([...text.matchAll(/^# TYPE (\w+) histogram$/gm)].map(([, name]) => name));
  return text.split('\n').flatMap((line): MetricRow[] => {
    const [, series = '', labels = '', value = ''] = LINE.exec(line) ?? [];
    if (series === '' || line.startsWith('#')) return [];
    const base = series.replace(/_(bucket|sum|count)$/, '');
    return [
      {
        name: histograms.has(base) ? base : series,
        series,
        labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, name = '', text = '']) => [name, text])),
        value: Number(value.replace('Inf', 'Infinity')),
      },
    ];
  });
}

/** Sums the series of this name with these labels; 0 if there are none. */
export function metricValue(rows: readonly MetricRow[], series: string, labels: Record<string, string> = {}): number {
  return rows
    .filter((row) => row.series === series)
    .filter((row) => Object.entries(labels).every(([name, value]) => row.labels[name] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
