import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import type { ReferenceClient } from '../support/reference-client.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);
const RESTORE = 'docker/redis/restore.sh';

/** Follows docs/backup.md: a snapshot, more work, the loss of Redis, a restore. */
describe('a restored backup', () => {
  let folder: string;
  let data: string;
  let rig: PostriderRig;
  let anna: ReferenceClient;
  const handled: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postrider-backup-'));
    data = join(folder, 'data');
    await mkdir(data);
    rig = await PostriderRig.start({ redis: { appendOnly: true, dir: data } });
    handled.length = 0;
    anna = await rig.client('anna', { handle: ({ id }) => void handled.push(id) }).open();
  });

  afterEach(async () => {
    await rig?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const notify = async (user: string): Promise<string> =>
    (await rig.rest().notify({ to: { user }, type: 'note', data: {} })).id;

  const acknowledged = (id: string) => until(async () => (await rig.rest().status(id)).state === 'acknowledged');

  const snapshot = async (): Promise<string> => {
    const path = join(folder, 'backup.rdb');
    await run('redis-cli', ['-p', String(rig.redis.port), '--rdb', path]);
    return path;
  };

  /** Loses everything on the server's disk; its settings are elsewhere. */
  const lose = async (): Promise<void> => {
    await rig.redis.kill();
    for (const name of await readdir(data)) {
      if (name !== 'redis.conf') await rm(join(data, name), { recursive: true });
    }
  };

  const restore = async (backup: string): Promise<void> => {
    const made = join(folder, 'made');
    const { REDIS_SERVER_BIN, PATH } = process.env;
    const env = { PATH, ...(REDIS_SERVER_BIN && { REDIS_SERVER: REDIS_SERVER_BIN }) };
    expect((await run(RESTORE, [backup, made], { env })).stdout).toMatch(/^[1-9]\d* keys restored/);
    await cp(made, data, { recursive: true });
    await rig.redis.restart();
  };

  /** Creates acknowledged and waiting notifications before the snapshot, and later ones. */
  const story = async () => {
    const seen = await notify('anna');
    await acknowledged(seen);
    const waiting = [await notify('ben'), await notify('ben')];
    const backup = await snapshot();
    const after = { anna: [await notify('anna'), await notify('anna')], ben: await notify('ben') };
    await Promise.all(after.anna.map(acknowledged));
    return { seen, waiting, backup, after };
  };

  /** Expectations that hold whether nodes kept running or were restarted. */
  const expectWhatIsKept = async ({ seen, waiting, after }: Awaited<ReturnType<typeof story>>): Promise<void> => {
    const fresh = [await notify('anna'), await notify('anna'), await notify('anna')];
    await until(() => fresh.every((id) => handled.includes(id)), { timeoutMs: 20_000, what: 'anna has what is new' });
    expect(handled).toEqual([seen, ...after.anna, ...fresh]);

    const ofBen: string[] = [];
    await rig.client('ben', { handle: ({ id }) => void ofBen.push(id) }).open();
    await until(() => ofBen.length >= waiting.length, { what: 'ben has what waited' });
    expect(ofBen).toEqual(waiting);

    for (const id of [...after.anna, after.ben]) {
      expect((await rig.rest().get(`/v1/notifications/${id}`)).status).toBe(404);
    }
    await until(async () => (await rig.rest().books()).pending === 0, { timeoutMs: 30_000 });
    const accepted = 1 + waiting.length + fresh.length;
    expect(await rig.rest().books()).toMatchObject({ accepted, acked: accepted, dead: 0, counted: 0, difference: 0 });
  };

  it('is delivered by nodes that kept running and tell clients that they have seen more', async () => {
    const told = await story();
    await lose();
    await restore(told.backup);
    await until(async () => (await rig.rest().get('/health/ready')).status === 200, { timeoutMs: 30_000 });
    const isReset = (): boolean =>
      rig.ledger.holes.some(({ topic, reason }) => topic === 'user:anna' && reason === 'reset');
    await until(isReset, { timeoutMs: 30_000, what: 'anna is told of the reset' });
    await expectWhatIsKept(told);
    expect(anna.connections).toBe(1);
  });

  it('is delivered by restarted nodes', async () => {
    const told = await story();
    await lose();
    await rig.server().kill();
    await restore(told.backup);
    await rig.server().restart();
    await until(() => anna.state === 'open', { timeoutMs: 20_000, what: 'anna is back' });
    await expectWhatIsKept(told);
  });

  it('never overwrites existing data', async () => {
    const backup = await snapshot();
    const full = join(folder, 'full');
    await mkdir(full);
    await writeFile(join(full, 'something'), '');
    await expect(run(RESTORE, [backup, full])).rejects.toMatchObject({ code: 1 });
    expect(await readdir(full)).toEqual(['something']);
  });
});
