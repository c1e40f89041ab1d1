import { ADMIN_KEY } from './console-page.js';
import type { PostriderRig } from './postrider-rig.js';
import { RestClient } from './rest-client.js';

const MINUTE_MS = 60_000;
/**
 * Interval of the samples of the nodes in the pictures. With another one, nodes would look silent.
 */
const STEP_MS = 5_000;
const STEPS = 720;
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, null];

/** Writes samples into the system topic as if the nodes had been busy for an hour, for pictures. */
export async function inventPast(rig: PostriderRig, nodes: readonly string[]): Promise<void> {
  const headers = { 'postrider-app': 'postrider.system' };
  const rest = new RestClient(rig.server().url, ADMIN_KEY);
  const end = Date.now();
  const notifications = nodes.flatMap((node, index) =>
    samplesOf(node, index, end).map((data) => ({
      to: { topic: 'system.samples' },
      type: 'node.sample',
      data,
      ack: 'none',
    })),
  );
  notifications.sort((a, b) => a.data.at - b.data.at);
  for (let from = 0; from < notifications.length; from += 200) {
    const body = { notifications: notifications.slice(from, from + 200) };
    const answer = await rest.post('/v1/notifications/batch', body, { headers });
    if (answer.status !== 207) throw new Error(`not accepted: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

function samplesOf(node: string, index: number, end: number) {
  const startedAt = end - 26 * 60 * MINUTE_MS;
  const totals = {
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
  const counts = BOUNDS.map(() => 0);
  return Array.from({ length: STEPS }, (_, step) => {
    const wave = 1 + 0.35 * Math.sin(step / 80 + index);
    const accepted = Math.round(50 * wave);
    totals.accepted += accepted;
    totals.delivered += accepted;
    totals.acked += accepted;
    totals.redelivered += Math.max(0, Math.round(2 * (wave - 1)));
    [0, 0.06, 0.3, 0.34, 0.2, 0.06, 0.03, 0.01].forEach(
      (share, bucket) => (counts[bucket] = (counts[bucket] ?? 0) + Math.round(accepted * share)),
    );
    return {
      node,
      roles: ['api', 'gateway', 'worker'],
      at: end - (STEPS - step) * STEP_MS,
      startedAt,
      version: '0.1.0',
      connections: Math.round(4 * wave),
      sessions: Math.round(5 * wave),
      subscriptions: Math.round(12 * wave),
      rssBytes: 168_000_000 + step * 20_000,
      heapBytes: 62_000_000,
      cpuSeconds: 5_000 + step * 0.3,
      eventLoopMaxMs: 12 + (step % 7),
      totals: { ...totals },
      timeToAck: { le: BOUNDS, counts: [...counts] },
    };
  });
}
