import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { duration, nowMs } from '../clock.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const TOPIC = 'public.storm';

export const row: Row = {
  number: 16,
  title: 'reconnect storm: the links of 4,000 clients are reset at once while their topic grows',
  ci: false,
  bar: 'no handshake refused; the log is read per topic, not per socket',
  best: 'raw ws with 5 s of jitter: all 4,000 back after 8.3 s (without: 3.7 s)',

  async run(stage) {
    const count = stage.scale(4_000, 1_000, 'clients');
    const world = await stage.world({ nodes: [{ id: 'node-1' }, { id: 'node-2' }] });
    const clients = await stage.clients({ users: users(count), topics: [TOPIC], atOnce: 100 });
    await stage.publish({ ratePerSecond: 0.5, lanes: 2, to: { topic: TOPIC }, users: [] });
    await delay(3_000);
    const redis = world.primary();
    const before = await calls(redis, 'lrange');
    stage.say(`the links of ${count} clients are reset`);
    const cutAtMs = nowMs();
    await clients.call('cut', 1, 'reset');
    await delay(100);
    await stage.allOpen();
    const upMs = nowMs() - cutAtMs;
    const reads = (await calls(redis, 'lrange')) - before;
    stage.say(`all are open again after ${duration(upMs)}; ${reads} reads of logs`);
    await delay(2_000);
    await stage.judge();
    const { refusals, resumes, notResumed, connections, total } = await clients.call('stats');
    stage.must(Object.keys(refusals).length === 0, `no handshake failed, but ${JSON.stringify(refusals)}`);
    stage.must(resumes.count === count && notResumed === 0, `all ${count} were resumed, ${notResumed} were not`);
    stage.must(reads < count / 4, `logs are read per topic: ${reads} reads for ${count} sockets`);
    return {
      clients: count,
      'all up after': duration(upMs),
      'resume p50': duration(resumes.p50Ms),
      p99: duration(resumes.p99Ms),
      attempts: connections - total,
      refused: 0,
      'reads of logs': reads,
    };
  },
};

/** Returns how often Redis has run a command, including within scripts. */
async function calls(redis: Redis, command: string): Promise<number> {
  const info = await redis.info('commandstats');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
}
