import { setTimeout as delay } from 'node:timers/promises';
import type { ServerRig } from '../../support/server-rig.js';
import { until } from '../../support/wait.js';
import { duration, nowMs } from '../clock.js';
import { PacketLoss } from '../netns.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const SILENT = users(60);
const OTHERS = Array.from({ length: 20 }, (_, index) => `other-${index}`);
/** Address of the clients whose packets will be lost. */
const ADDRESS = '127.0.0.2';
const CLOSED = /^postrider_closed_total\{code="4408"\} (\d+)/m;

export const row: Row = {
  number: 15,
  title: 'half-open clients: their packets vanish both ways, nothing is closed',
  ci: true,
  bar: 'closed with 4408 after 60–95 s with the default heartbeat of 30 s; then all resume',
  best: 'Socket.IO notices after 45 s by default, Phoenix 60 s',

  async run(stage) {
    const heartbeatMs = stage.scale(30_000, 2_000, 'ms between heartbeats');
    const timeoutMs = 3 * heartbeatMs;
    const env = { HEARTBEAT_MS: String(heartbeatMs), HEARTBEAT_TIMEOUT_MS: String(timeoutMs) };
    const world = await stage.world({ env });
    const silent = await stage.clients({ users: SILENT, localAddress: ADDRESS });
    await stage.clients({ users: OTHERS });
    await stage.publish({ ratePerSecond: 40, lanes: 20, to: 'users', users: [...SILENT, ...OTHERS] });
    await delay(heartbeatMs / 2 + stage.between(0, heartbeatMs / 4));
    const nodes = world.having('gateway');
    const fromMs = nowMs();
    stage.say(`packets from and to ${SILENT.length} clients vanish`);
    const loss = await PacketLoss.begin(`ip saddr ${ADDRESS}`, `ip daddr ${ADDRESS}`);
    let firstMs = 0;
    const allClosed = async (): Promise<boolean> => {
      const counts = await Promise.all(nodes.map(closedBy));
      const closed = counts.reduce((sum, count) => sum + count, 0);
      if (closed > 0) firstMs ||= nowMs() - fromMs;
      return closed >= SILENT.length;
    };
    await until(allClosed, { timeoutMs: timeoutMs + 60_000, everyMs: 250, what: 'all silent sockets are closed' });
    const lastMs = nowMs() - fromMs;
    stage.say(`all are closed after ${duration(lastMs)}; packets pass again`);
    await loss.end();
    const liftedAtMs = nowMs();
    await stage.allOpen(120_000);
    const resumedMs = nowMs() - liftedAtMs;
    const { notResumed } = await silent.call('stats');
    await delay(1_000);
    await stage.judge();
    stage.must(notResumed === 0, `${notResumed} clients came back to a new session`);
    return {
      'closed with 4408': `${duration(firstMs)} to ${duration(lastMs)}`,
      'all resumed after': duration(resumedMs),
    };
  },
};

async function closedBy({ url }: ServerRig): Promise<number> {
  const metrics = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) });
  return Number(CLOSED.exec(await metrics.text())?.[1] ?? 0);
}
