import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Notification } from '../support/frames.js';
import type { FrameSocket } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const HOUR_MS = 3_600_000;
const OFF = [-HOUR_MS, HOUR_MS, -90_000, 1_000_000];

interface Report {
  info: { clock: { detail?: string } };
}

describe('a node whose clock is changed while it runs', () => {
  let rig: PostriderRig;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postrider-clock-'));
    file = join(folder, 'ahead');
    await writeFile(file, '0');
    const shim = new URL('../support/wall-clock.mjs', import.meta.url).href;
    const env = { WALL_CLOCK_FILE: file, NODE_OPTIONS: `--import ${shim}`, SWEEP_MS: '500', ACK_WAIT_MS: '600000' };
    rig = await PostriderRig.start({ env });
  });

  afterAll(async () => {
    await rig?.close();
    await rm(folder, { recursive: true });
  });

  const clockDetail = async (): Promise<string | undefined> => {
    const { status, body } = await rig.rest().get<Report>('/health/ready');
    expect(status).toBe(200);
    return body.info.clock.detail;
  };
  const setClock = async (aheadMs: number): Promise<void> => {
    await writeFile(file, String(aheadMs));
    const expected =
      aheadMs === 0
        ? undefined
        : `the clock of this node is ${Math.abs(aheadMs) / 1_000} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of Redis`;
    await until(async () => (await clockDetail()) === expected, { what: `the clock is off by ${aheadMs} ms` });
  };
  const timesOf = async (socket: FrameSocket, user: string): Promise<Notification> => {
    const notification = await socket.notification(`user:${user}`);
    socket.send('ack', { topic: `user:${user}`, offset: notification.offset });
    return notification;
  };

  it.each(OFF)('expires, delays and refuses nothing: %d ms', async (aheadMs) => {
    const user = `ann${aheadMs}`;
    const socket = await rig.socket(user, { claims: { ttlMs: 60_000 } });
    await socket.subscribed(`user:${user}`);
    await setClock(aheadMs);

    const body = { to: { user }, type: 'note', ttlMs: 60_000 };
    const now = await rig.rest().notify({ ...body, data: 'now' });
    const first = await timesOf(socket, user);
    expect(first).toMatchObject({ id: now.id, data: 'now' });
    expect(Date.parse(first.expiresAt ?? '') - Date.parse(first.at)).toBe(60_000);
    expect(Math.abs(Date.parse(first.at) - Date.now())).toBeLessThan(60_000);

    await rig.rest().notify({ ...body, data: 'delayed', delayMs: 300 });
    expect((await timesOf(socket, user)).data).toBe('delayed');
    const deliverAt = new Date(Date.now() + 500).toISOString();
    await rig.rest().notify({ ...body, data: 'dated', deliverAt });
    expect((await timesOf(socket, user)).data).toBe('dated');

    const away = await rig.rest().notify({ to: { user: `away${aheadMs}` }, type: 'note', data: 1, ttlMs: 60_000 });
    expect(await rig.rest().status(away.id)).toMatchObject({ state: 'accepted' });

    const fresh = await rig.socket(user, { claims: { issuedAtMs: Date.now(), ttlMs: 60_000 } });
    const { serverTimeMs } = await fresh.welcome();
    expect(Math.abs(serverTimeMs - Date.now())).toBeLessThan(60_000);
    await expect(rig.bareSocket({ token: await rig.tokens.expired(user) })).rejects.toThrow('401');
    const { body: revocation } = await rig.rest().post<{ before: string }>('/v1/revocations', { user: 'nobody' });
    expect(Math.abs(Date.parse(revocation.before) - Date.now())).toBeLessThan(60_000);
    // The token of the first socket stays valid; the server checks every second.
    await socket.request('ping', undefined, 1);
    expect(socket.closeCode).toBeUndefined();
    await setClock(0);
  });

  it('records it once in the log each time, and when it is right again', () => {
    const told = rig
      .server()
      .log.flatMap((line): { event?: string; offsetMs?: number }[] => (line.startsWith('{') ? [JSON.parse(line)] : []))
      .filter(({ event }) => event === 'clock_off' || event === 'clock_right');
    expect(told.map(({ event }) => event)).toEqual(OFF.flatMap(() => ['clock_off', 'clock_right']));
    const offsets = told.filter(({ event }) => event === 'clock_off').map(({ offsetMs = 0 }) => offsetMs);
    offsets.forEach((offsetMs, index) => expect(Math.abs(offsetMs - Number(OFF[index]))).toBeLessThan(1_000));
  });
});
