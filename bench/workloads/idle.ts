import { setTimeout as sleep } from 'node:timers/promises';
import { complaintOf, costFigures, microsBy, type Outcome, type Stage, type Workload } from './workload.js';

/** Connections, as a multiple of the users. */
const MULTIPLE = 10;
/**
 * Fraction of the users that connect first, so that one-time costs of loading and compiling are not
 * counted.
 */
const WARM_SHARE = 0.5;
const SETTLE_MS = 500;

export const IDLE: readonly Workload[] = [
  { name: 'w3-idle', title: `idle connections, ${MULTIPLE} times the users, with heartbeats`, run: idle },
];

async function idle({ generator, meter, users, durationMs }: Stage): Promise<Outcome> {
  const warm = Math.ceil(users * WARM_SHARE);
  await generator.call('connect', { users: { prefix: 'warm', count: warm } });
  await generator.call('disconnect', undefined);
  await sleep(SETTLE_MS);
  const count = users * MULTIPLE;
  const rssBefore = meter.rssBytes();
  const [{ tookMs }, handshakes, profile] = await meter.profiling(() =>
    generator.call('connect', { users: { prefix: 'user', count } }),
  );
  const [report, rest] = await meter.during(() => generator.call('idle', { durationMs: 2 * durationMs }));
  return {
    figures: {
      ...costFigures(handshakes, count),
      perSecond: (count / tookMs) * 1_000,
      redisCommands: handshakes.redis.commands / count,
      redisNetworkBytes: handshakes.redis.networkBytes / count,
      rssPerConnectionKiB: (rest.rssBytes - rssBefore) / 1_024 / count,
      rssMiB: rest.rssBytes / 2 ** 20,
      idleCpuPercent: ((rest.serverCpuMs + rest.redisCpuMs) / rest.tookMs) * 100,
      dropped: report.dropped,
      loopPercent: report.utilisation * 100,
      generatorPercent: report.cpuShare * 100,
    },
    ...microsBy(profile, handshakes, count),
    ...complaintOf(report),
  };
}
