import { describe, expect, it } from '@jest/globals';
import { historyOf, presentOf } from './figures.js';
import { aSample, times } from './samples-fixture.js';
import { SampleLog, intervalMs, isGone } from './samples.js';

const T = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

function logOf(...samples: ReturnType<typeof aSample>[]): SampleLog {
  const log = new SampleLog(HOUR_MS);
  const end = Math.max(...samples.map(({ at }) => at));
  for (const sample of samples) log.addNode(sample, end);
  return log;
}

describe('the log of samples', () => {
  it('is in order, whatever came first, and counts none twice', () => {
    const log = logOf(...[3, 1, 2, 2, 3].map((second) => aSample({ at: T + second * 1_000 })));
    expect(log.nodes.get('node-1')?.map(({ at }) => at - T)).toEqual([1_000, 2_000, 3_000]);
  });

  it('takes the successor for the node while the process before it still tells', () => {
    const told = (second: number, startedAt: number) => aSample({ at: T + second * 1_000, startedAt });
    const log = logOf(told(0, 0), told(5, T + 4_000), told(6, 0), told(10, T + 4_000), told(11, 0));
    expect(log.nodes.get('node-1')?.map(({ at }) => at - T)).toEqual([0, 5_000, 10_000]);
  });

  it('forgets what is old, and nodes of which nothing is left', () => {
    const log = logOf(aSample({ at: T }), aSample({ at: T + HOUR_MS }), aSample({ node: 'old', at: T }));
    log.prune(T + HOUR_MS + 1);
    expect([...log.nodes.keys()]).toEqual(['node-1']);
    expect(log.nodes.get('node-1')).toHaveLength(1);
  });

  it('tells the time of the nodes where our clock is wrong', () => {
    const log = new SampleLog(HOUR_MS);
    log.addNode(aSample({ at: T }), T - 7_000_000);
    expect(log.now(T - 7_000_000 + 250)).toBe(T + 250);
  });

  it('knows how often a node speaks, and that one is gone after three silences', () => {
    const samples = times(T, 2_000, 10).map((at) => ({ at }));
    expect(intervalMs(samples)).toBe(2_000);
    const last = T + 18_000;
    expect(isGone(samples, last + 6_900)).toBe(false);
    expect(isGone(samples, last + 7_100)).toBe(true);
    expect(isGone([], T)).toBe(true);
  });
});

describe('the figures of this moment', () => {
  const busy = times(T, 5_000, 13).map((at, index) =>
    aSample({
      at,
      startedAt: T - HOUR_MS,
      connections: 5,
      sessions: 6,
      cpuSeconds: index,
      totals: { accepted: index * 10, delivered: index * 20 },
      timeToAck: { le: [0.01, 0.1, null], counts: [index * 98, index, index] },
    }),
  );
  const end = T + 60_000;

  it('sum the nodes that speak', () => {
    const gone = times(T - 60_000, 5_000, 3).map((at) => aSample({ at, node: 'gone', connections: 900 }));
    const present = presentOf(logOf(...busy, ...gone), end);
    expect(present).toMatchObject({ connections: 5, sessions: 6, accepted: 2, delivered: 4, refused: 0 });
    expect(present.nodes.map(({ sample, gone }) => [sample.node, gone])).toEqual([
      ['node-1', false],
      ['gone', true],
    ]);
    expect(present.nodes[0]?.cpu).toBe(0.2);
  });

  it('have the time to ack of the last minute', () => {
    const { p50, p99 } = presentOf(logOf(...busy), end);
    expect(p50?.value).toBeCloseTo(0.0051, 4);
    expect(p99).toEqual({ value: 0.1, above: false });
  });

  it('do not tell of a node that has been gone for long', () => {
    expect(presentOf(logOf(...busy), end + 20 * 60_000).nodes).toEqual([]);
  });

  it('make an hour in cells of ten seconds, empty where nothing was told', () => {
    const history = historyOf(logOf(...busy), end, HOUR_MS);
    expect(history.grid.times).toHaveLength(360);
    expect(history.grid.times.at(-1)).toBe(end);
    expect(history.accepted.slice(-6)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(history.accepted[0]).toBeNull();
    expect(history.connections.at(-1)).toBe(5);
    expect(history.p50.at(-1)).toBeCloseTo(0.0051, 4);
  });

  it('end where all nodes have told something', () => {
    const late = aSample({ node: 'late', at: end - 9_000 });
    expect(historyOf(logOf(...busy, late), end, HOUR_MS).grid.times.at(-1)).toBe(end - 10_000);
  });
});
