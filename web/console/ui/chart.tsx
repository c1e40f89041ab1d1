import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../../shared/theme.js';
import { clock, NONE } from '../lib/format.js';
import type { Series } from '../lib/series.js';

export interface Line {
  label: string;
  /** Name of a colour of the theme, without dashes. */
  colour: string;
  values: Series;
}

interface ChartProps {
  title: string;
  /** Summary of the lines for screen readers. */
  summary: string;
  /** Ends of the cells, in milliseconds. */
  times: readonly number[];
  lines: readonly Line[];
  /** How a value is told at the axis and at the crosshair, with its unit. */
  format: (value: number) => string;
  /** The axis reaches at least so far, so that nothing at all does not look like much. */
  floor?: number;
  /** There are no halves of these. */
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
/** All charts of a page show the same moment. */
const SYNC = 'hour';

/** Lines over the last hour with a crosshair; empty time stays empty. */
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
    // The lines of a chart are always the same ones; only their values change.
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
  const colour = coloursOf(element);
  const axis: uPlot.Axis = {
    stroke: colour('text-2'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour('border'), width: 1 },
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
        stroke: colour(line.colour),
        width: 2,
        ...(index === 0 && { fill: colour(line.colour, 0.09) }),
        points: { show: false },
        value: (plot, value, series) => told(value ?? newestOf(plot, series), format),
      })),
    ],
  };
}

const told = (value: number | null, format: (value: number) => string): string =>
  value === null ? NONE : format(value);

/** Without a crosshair, the legend shows the present. */
function newestOf(plot: uPlot, series: number): number | null {
  if (plot.cursor.idx !== null && plot.cursor.idx !== undefined) return null;
  return plot.data[series]?.at(-1) ?? null;
}

/** A canvas knows no custom properties: they are looked up where it stands. */
function coloursOf(element: HTMLElement): (name: string, alpha?: number) => string {
  return (name, alpha = 1) => {
    const probe = element.appendChild(document.createElement('span'));
    probe.style.color = `color-mix(in srgb, var(--${name}) ${alpha * 100}%, transparent)`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
