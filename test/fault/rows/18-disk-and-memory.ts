import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from '../../support/wait.js';
import { duration, nowMs } from '../clock.js';
import type { Row } from '../row.js';
import type { PublisherDriver, Stage } from '../stage.js';
import { BadDisk } from '../strace.js';
import { users } from '../users.js';

const run = promisify(execFile);
const USERS = users(60);
const AWAY = Array.from({ length: 20 }, (_, index) => `away-${index}`);
const DISK_BYTES = 64 * 1024 * 1024;
const FAULT_MS = 6_000;

export const row: Row = {
  number: 18,
  title: 'disk full, fsync takes 3 s, maxmemory reached, fsync fails; then Redis is killed and restarted',
  ci: false,
  bar: 'no false 202; recovers without hand (from a failed fsync by a restart of Redis)',
  best: 'Redis itself refuses writes (MISCONF, OOM); Kafka and NATS do not wait for fsync at all',

  async run(stage) {
    const disk = await smallDisk(stage);
    const dir = join(disk, 'redis');
    await mkdir(dir);
    const world = await stage.world({ redis: 'standalone', redisOptions: { dir } });
    await stage.clients({ users: USERS });
    const away = await stage.clients({ users: AWAY });
    await away.call('offline', 1, 6 * FAULT_MS);
    const publisher = await stage.publish({
      ratePerSecond: 80,
      lanes: 20,
      to: 'users',
      users: [...USERS, ...AWAY],
      paddingBytes: 500,
    });
    await delay(1_000);
    const { redis } = world;
    const figures: Record<string, string> = {};
    const phase = async (name: string, fault: () => Promise<() => Promise<unknown>>): Promise<void> => {
      stage.say(name);
      const undo = await fault();
      await delay(FAULT_MS);
      const { accepted } = await publisher.call('stats');
      const undoneAtMs = nowMs();
      await undo();
      await accepts(publisher, accepted);
      figures[`after ${name}`] = duration(nowMs() - undoneAtMs);
    };
    await phase('disk full', async () => {
      const ballast = join(disk, 'ballast');
      await fill(ballast);
      return () => rm(ballast);
    });
    await phase('fsync takes 3 s', async () => {
      const bad = await BadDisk.begin(redis.pid, 'delay_enter=3000000');
      return () => bad.end();
    });
    await phase('maxmemory reached', async () => {
      const used = /used_memory:(\d+)/.exec(await redis.control.info('memory'))?.[1];
      await redis.control.config('SET', 'maxmemory', Number(used) + 300_000);
      return () => redis.control.config('SET', 'maxmemory', 0);
    });
    await delay(1_500);
    await phase('fsync fails', async () => {
      const bad = await BadDisk.begin(redis.pid, 'error=EIO');
      return async () => {
        await bad.end();
        // From now on, Redis refuses all writes: pages may be lost, and only a restart shows the
        // contents of the disk.
        stage.say('kill −9 of Redis and restart from its file');
        await redis.restart();
      };
    });
    await delay(2_000);
    const { faults } = await publisher.call('stop');
    await stage.allOpen();
    await stage.judge();
    return { ...figures, 'attempts refused': faults['503'] ?? 0 };
  },
};

/** Mounts a small file system in memory. */
async function smallDisk(stage: Stage): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'postrider-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', dir]);
  stage.atEnd(async () => {
    await run('umount', ['-l', dir]);
    await rm(dir, { recursive: true });
  });
  return dir;
}

/** Fills the whole file system. */
async function fill(file: string): Promise<void> {
  await writeFile(file, Buffer.alloc(DISK_BYTES)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error;
  });
}

async function accepts(publisher: PublisherDriver, more: number): Promise<void> {
  const isBack = async (): Promise<boolean> => (await publisher.call('stats')).accepted > more + 20;
  await until(isBack, { timeoutMs: 30_000, everyMs: 50, what: 'publications are accepted again' });
}
