import { complaintOf, latencyFigures, loadFigures, type Outcome, type Stage, type Workload } from './workload.js';

const PER_SECOND = 100;
/** Time within which all clients come back. */
export const JITTER_MS = 2_000;

export const RETURN: readonly Workload[] = [
  {
    name: 'w4-return',
    title: `all users drop and come back within ${JITTER_MS / 1_000} s, ${PER_SECOND} messages a second meanwhile`,
    run: comeBack,
  },
];

/** Measures latencies of messages published while their user was away. */
async function comeBack({ generator, meter, users: count, warmupMs, seed }: Stage): Promise<Outcome> {
  const users = { prefix: 'user', count };
  await generator.call('connect', { users });
  // Everybody gets a message first, because a Socket.IO client without one cannot resume.
  await generator.call('load', {
    to: users,
    pace: { perSecond: count },
    care: 'recovered',
    durationMs: 1_000,
  });
  const order = { users, perSecond: PER_SECOND, aroundMs: Math.max(warmupMs, 1_000), jitterMs: JITTER_MS, seed };
  const [report, cost] = await meter.during(() => generator.call('comeBack', order));
  const { allBackMs, caughtUpMs, missed, latency } = report;
  return {
    figures: {
      ...loadFigures(report, cost),
      ...latencyFigures(latency),
      allBackMs,
      caughtUpAfterMs: Math.max(0, caughtUpMs - allBackMs),
      missed,
      logReads: cost.redis.listReads,
    },
    latency,
    ...complaintOf(report),
  };
}
