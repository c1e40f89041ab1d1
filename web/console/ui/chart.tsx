import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../../shared/theme.js';
import { clock, NONE } from '../lib/format.js';
import type { Series } from '../lib/series.js';

export interface Line {
  label: string;
  /** Name of a theme color, without dashes. */
  color: string;
  values: Series;
}

interface ChartProps {
  title: string;
  /** Summary of the lines for screen readers. */
  summary: string;
  /** Ends of the cells, in milliseconds. */
  times: readonly number[];
  lines: readonly Line[];
  /** Formats a value, with its unit, for the axis and the crosshair. */
  format: (value: number) => string;
  /** Minimum upper end of the axis, so that small values look small. */
  floor?: number;
  /** True if values are whole numbers. */
  whole?: boolean;
}

interface Scale {
  floor: number;
  /** Allowed distances between grid lines. */
  incrs?: readonly number[];
}

const WHOLE: Scale = {
  floor: 4,
  incrs: [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)),
};
const HEIGHT_PX = 190;
/** Key that synchronizes the crosshairs of all charts of a page. */
const SYNC = 'hour';

/** Line chart of the last hour with a crosshair. Time without values stays empty. */
export function Chart({ title, summary, times, lines, format, floor = 1, whole = false }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data = dataOf(times, lines);
  const newest = useRef(data);
  newest.current = data;
  const look = theme.value;

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const make = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element, lines, format, whole ? WHOLE : { floor }), newest.current, element);
    };
    make();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      scheme.removeEventListener('change', make);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
    // The set of lines of a chart stays the same; only their values change.
  }, [look]);
  useEffect(() => plot.current?.setData(data), [times, lines]);

  return (
    <figure class="card chart">
      <figcaption>
        <h2>{title}</h2>
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={`${title}: ${summary}`} />
    </figure>
  );
}

function dataOf(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [times.map((at) => at / 1_000), ...lines.map(({ values }) => values)];
}

function optionsOf(
  element: HTMLElement,
  lines: readonly Line[],
  format: (value: number) => string,
  { floor, incrs }: Scale,
): uPlot.Options {
  const color = colorsOf(element);
  const axis: uPlot.Axis = {
    stroke: color('text-2'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: color('border'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [12, 22, 0, 0],
    cursor: { sync: { key: SYNC }, y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(max * 1.1, floor)] } },
    axes: [
      { ...axis, values: (_, splits) => splits.map((at) => clock(at * 1_000).slice(0, 5)), space: 70, size: 28 },
      { ...axis, values: (_, splits) => splits.map(format), size: 62, space: 36, ...(incrs && { incrs: [...incrs] }) },
    ],
    series: [
      { label: 'Time', value: (_, at) => (at === null ? 'now' : clock(at * 1_000)) },
      ...lines.map((line, index): uPlot.Series => ({
        label: line.label,
        stroke: color(line.color),
        width: 2,
        ...(index === 0 && { fill: color(line.color, 0.09) }),
        points: { show: false },
        value: (plot, value, series) => told(value ?? newestOf(plot, series), format),
      })),
    ],
  };
}

const told = (value: number | null, format: (value: number) => string): string =>
  value === null ? NONE : format(value);

/** Finds the newest value, which the legend shows without a crosshair. */
function newestOf(plot: uPlot, series: number): number | null {
  if (plot.cursor.idx !== null && plot.cursor.idx !== undefined) return null;
  return plot.data[series]?.at(-1) ?? null;
}

/** Resolves theme colors, because a canvas knows no custom properties. */
function colorsOf(element: HTMLElement): (name: string, alpha?: number) => string {
  return (name, alpha = 1) => {
    const probe = element.appendChild(document.createElement('span'));
    probe.style.color = `color-mix(in srgb, var(--${name}) ${alpha * 100}%, transparent)`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
