import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../clock.js';
import { latency, pushesOf } from '../pushes.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const CLIENTS = 400;
const SLOW = 4;
const MIB = 1_048_576;
const PADDING_BYTES = 32_768;
const TAIL_BYTES = 16 * MIB;
const HARD_BYTES = 4 * MIB;
/**
 * Memory allowed in addition to the buffers of the paused sockets: garbage that is not collected
 * yet.
 */
const SLACK_BYTES = 128 * MIB;

export const row: Row = {
  number: 14,
  title: 'slow consumers: 1 % of the sockets stop reading while 64 MiB are pushed to them',
  ci: false,
  bar: 'memory bounded by the buffers; p99 of the others + 10 %',
  best: 'raw ws: 99 MB buffered for one paused socket',

  async run(stage) {
    const env = { TAIL_BYTES: String(TAIL_BYTES), WS_SEND_BUFFER_HARD_BYTES: String(HARD_BYTES) };
    const world = await stage.world({ nodes: [{ id: 'node-1' }], env });
    const slow = users(SLOW).map((user) => `slow-${user}`);
    const others = users(CLIENTS - SLOW);
    const slowClients = await stage.clients({ users: slow, window: 1_024 });
    await stage.clients({ users: others });
    await stage.publish({ ratePerSecond: 100, lanes: 16, to: 'users', users: others, name: 'others' });
    const flood = { ratePerSecond: 100, lanes: 4, to: 'users', users: slow, paddingBytes: PADDING_BYTES } as const;
    await stage.publish({ ...flood, name: 'flood' });
    const rss = (): Promise<number> => world.rest('node-1').metric('process_resident_memory_bytes');

    await delay(5_000);
    const withoutFromMs = nowMs();
    await delay(20_000);
    const pausedAtMs = nowMs();
    const before = await rss();
    stage.say(`${SLOW} of ${CLIENTS} sockets stop reading`);
    await slowClients.call('pause', 1, true);
    let most = before;
    while (nowMs() < pausedAtMs + 20_000) {
      await delay(500);
      most = Math.max(most, await rss());
    }
    const resumedAtMs = nowMs();
    stage.say(`they read again; memory grew by ${Math.round((most - before) / MIB)} MiB`);
    await slowClients.call('pause', 1, false);
    await delay(2_000);
    await stage.judge();
    const grown = most - before;
    const bound = SLOW * HARD_BYTES + SLACK_BYTES;
    stage.must(grown <= bound, `memory grew by ${grown}, more than ${bound} bytes`);
    const all = pushesOf(stage.ledger);
    const pushes = all.filter(({ mark }) => mark.startsWith('others/'));
    const floods = all.filter(
      ({ mark, sentAtMs }) => mark.startsWith('flood/') && sentAtMs >= pausedAtMs && sentAtMs < resumedAtMs,
    );
    const between = (fromMs: number, toMs: number): string =>
      latency(pushes.filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs < toMs));
    return {
      'memory grew by': `${Math.round(grown / MIB)} MiB of ${Math.round(before / MIB)}`,
      'meant for the paused ones': `${Math.round((floods.length * PADDING_BYTES) / MIB)} MiB`,
      'others while all read': between(withoutFromMs, pausedAtMs),
      'others meanwhile': between(pausedAtMs, resumedAtMs),
    };
  },
};
