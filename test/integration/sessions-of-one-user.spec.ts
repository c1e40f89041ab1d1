import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppRig } from '../support/app-rig.js';
import type { FrameSocket } from '../support/frame-socket.js';
import type { Welcome } from '../support/frames.js';
import type { Page } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const MOST = 4;

interface Session {
  id: string;
  state: string;
}

let rig: AppRig;
beforeAll(async () => {
  rig = await AppRig.start({ env: { MAX_SESSIONS_PER_USER: String(MOST) } });
});
afterAll(() => rig?.close());

const sessionOf = (socket: FrameSocket): string => socket.all<Welcome>('welcome')[0]?.session ?? '';
const sessionsOf = async (user: string): Promise<Session[]> =>
  (await rig.rest.get<Page<Session>>(`/v1/users/${user}/sessions`)).body.items;

/** Creates a session of the user that waits to be resumed. */
async function suspended(user: string): Promise<string> {
  const socket = await rig.socket(user);
  const session = sessionOf(socket);
  socket.cut();
  await until(async () => (await sessionsOf(user)).some(({ id, state }) => id === session && state === 'suspended'));
  return session;
}

describe('sessions of one user', () => {
  it('are limited: the ones suspended longest are ended', async () => {
    const ids: string[] = [];
    for (let n = 0; n < MOST + 2; n++) ids.push(await suspended('hoarder'));
    const open = await rig.socket('hoarder');
    const kept = [...ids.slice(-MOST + 1), sessionOf(open)].toSorted();
    await until(async () => (await sessionsOf('hoarder')).length === MOST, { what: 'the bound holds' });
    expect((await sessionsOf('hoarder')).map(({ id }) => id)).toEqual(kept);
    expect(await rig.rest.metric('postrider_limited_total{limit="sessions_user"}')).toBe(3);

    const back = await rig.socket('hoarder', undefined, { session: ids[0] ?? '' });
    expect(back.all<Welcome>('welcome')).toMatchObject([{ resumed: false }]);
    const other = await rig.socket('hoarder', undefined, { session: ids.at(-1) ?? '' });
    expect(other.all<Welcome>('welcome')).toMatchObject([{ resumed: true, session: ids.at(-1) }]);
  });

  it('are never ended for the limit while they are open', async () => {
    const waiting = await suspended('crowd');
    const sockets: FrameSocket[] = [];
    for (let n = 0; n < MOST + 2; n++) sockets.push(await rig.socket('crowd'));
    await until(async () => (await sessionsOf('crowd')).length === MOST + 2);
    const left = await sessionsOf('crowd');
    expect(left.every(({ state }) => state === 'open')).toBe(true);
    expect(left.map(({ id }) => id)).not.toContain(waiting);
    for (const socket of sockets) expect(socket.closeCode).toBeUndefined();
  });
});
