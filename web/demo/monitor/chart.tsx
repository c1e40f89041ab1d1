import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../../shared/theme';
import type { Viewer } from './viewer';

const SPAN_S = 30;
const DRAW_MS = 200;
const HEIGHT = 200;

interface ChartProps {
  viewer: Viewer;
  label: string;
  running: () => boolean;
}

/**
 * Chart of the last seconds as this viewer received them. Time goes on while it is disconnected, so
 * missing data shows as a gap.
 */
export function Chart({ viewer, label, running }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = place;
    return current === null ? undefined : draw(current, viewer, running);
  }, [viewer, running]);
  return <div class="chart" ref={place} role="img" aria-label={label} />;
}

function draw(place: HTMLElement, viewer: Viewer, running: () => boolean): () => void {
  let plot: uPlot | undefined;
  let nowS = Date.now() / 1_000;
  let drawnTo = -1;
  const create = (): void => {
    plot?.destroy();
    plot = new uPlot(optionsOf(place), [viewer.times, viewer.values], place);
    drawnTo = -1;
  };
  const update = (): void => {
    if (plot === undefined || place.clientWidth === 0 || document.hidden) return;
    const moving = running();
    if (moving) nowS = Date.now() / 1_000;
    else if (drawnTo === viewer.offset.value) return;
    drawnTo = moving ? -1 : viewer.offset.value;
    plot.batch(() => {
      plot?.setData([viewer.times, viewer.values], false);
      plot?.setScale('x', { min: nowS - SPAN_S, max: nowS });
    });
  };
  const resized = new ResizeObserver(() => {
    if (place.clientWidth > 0) plot?.setSize({ width: place.clientWidth, height: HEIGHT });
  });
  resized.observe(place);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', create);
  const stopTheme = effect(() => void (theme.value, create()));
  const timer = setInterval(update, DRAW_MS);
  return () => {
    clearInterval(timer);
    stopTheme();
    dark.removeEventListener('change', create);
    resized.disconnect();
    plot?.destroy();
  };
}

function optionsOf(place: HTMLElement): uPlot.Options {
  const color = (name: string): string => resolved(place, `var(${name})`);
  const font = `12px ${getComputedStyle(place).fontFamily}`;
  const axis = {
    stroke: color('--text-2'),
    font,
    ticks: { show: false },
    grid: { stroke: color('--border'), width: 1 },
  };
  return {
    width: Math.max(place.clientWidth, 200),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 28, 0, 0],
    scales: { x: { time: true }, y: { range: [16, 26] } },
    axes: [
      { ...axis, size: 30, space: 70, values: (_, ticks) => ticks.map((at) => clock(at)) },
      { ...axis, size: 44, values: (_, ticks) => ticks.map((value) => `${value}°`) },
    ],
    series: [
      {},
      {
        stroke: color('--accent'),
        width: 2,
        fill: color('--chart-wash'),
        points: { show: false },
        spanGaps: false,
        gaps,
      },
    ],
  };
}

/** Resolves a custom property, which a canvas cannot read. */
function resolved(place: HTMLElement, value: string): string {
  const probe = document.createElement('i');
  probe.style.color = value;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const clock = (atS: number): string => new Date(atS * 1_000).toLocaleTimeString([], { hour12: false });

/** Breaks the line between distant samples: a line would claim values that nobody measured. */
const gaps: uPlot.Series.GapsRefiner = (plot, _series, from, to) => {
  const times = plot.data[0];
  const found: uPlot.Series.Gaps = [];
  for (let place = Math.max(from, 1); place <= to; place += 1) {
    const [before = 0, after = 0] = [times[place - 1], times[place]];
    if (after - before > 2.5) found.push([plot.valToPos(before, 'x', true), plot.valToPos(after, 'x', true)]);
  }
  return found;
};
