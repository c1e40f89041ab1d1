import type { NodeSample, Totals } from './samples.js';

type Given = Partial<Omit<NodeSample, 'totals'>> & { totals?: Partial<Totals>; counts?: number[] };

const NOTHING: Totals = {
  accepted: 0,
  refused: 0,
  delivered: 0,
  redelivered: 0,
  acked: 0,
  expired: 0,
  cancelled: 0,
  dead: 0,
  gaps: 0,
};

/** Creates a sample with the values that a test gives. */
export function aSample({ totals, counts = [], ...given }: Given): NodeSample {
  return {
    node: 'node-1',
    roles: ['api', 'gateway', 'worker'],
    at: 0,
    startedAt: 0,
    version: '0.1.0',
    connections: 0,
    sessions: 0,
    subscriptions: 0,
    rssBytes: 0,
    heapBytes: 0,
    cpuSeconds: 0,
    eventLoopMaxMs: 0,
    timeToAck: { le: [], counts },
    ...given,
    totals: { ...NOTHING, ...totals },
  };
}

/** Returns `count` moments, `stepMs` apart. */
export const times = (start: number, stepMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => start + index * stepMs);
