import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '../support/child-process.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Page, SessionInfo } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const WORKER = fileURLToPath(new URL('../support/sdk-worker.mjs', import.meta.url));
const DEATHS = 5;

describe('a program with a FileStore that is killed again and again', () => {
  let rig: PostriderRig;
  let folder: string;
  const workers: Child[] = [];

  beforeAll(async () => {
    rig = await PostriderRig.start();
    folder = await mkdtemp(join(tmpdir(), 'postrider-worker-'));
  });

  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
    await rig?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const handled = async (): Promise<number[]> => {
    const text = await readFile(join(folder, 'handled'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean).map(Number);
  };

  it('handles each notification once, in one session', async () => {
    const token = await rig.tokens.sign('worker');
    const spawn = (lastAck: number): Child => {
      const worker = Child.spawn(process.execPath, [WORKER, rig.server().url, token, folder, String(lastAck)]);
      workers.push(worker);
      return worker;
    };
    let sent = 0;
    for (let death = 1; death <= DEATHS; death++) {
      const worker = spawn(death);
      while (!worker.exit) await rig.rest().notify({ to: { user: 'worker' }, type: 'note', data: sent++ });
      expect(worker.exit).toEqual({ code: null, signal: 'SIGKILL' });
    }
    spawn(0);
    await until(async () => (await handled()).length >= sent, { timeoutMs: 40_000 });
    await until(async () => (await rig.rest().books()).pending === 0, { timeoutMs: 40_000 });

    expect(await handled()).toEqual(Array.from({ length: sent }, (_, n) => n));
    const { body } = await rig.rest().get<Page<SessionInfo>>('/v1/users/worker/sessions');
    expect(body.items).toHaveLength(1);
    expect(await rig.rest().books()).toMatchObject({ acked: sent, dead: 0, difference: 0 });
  });
});
