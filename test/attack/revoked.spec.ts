import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameSocket } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const MINUTE_MS = 60_000;
const PATH = '/v1/revocations';

describe('the holder of a revoked token', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    // So long that a revocation can only arrive by a hint.
    rig = await PostriderRig.start({ nodes: 2, env: { REVOCATION_POLL_MS: '600000' } });
  });

  afterAll(() => rig?.close());

  const token = (user: string, jti?: string): Promise<string> =>
    rig.tokens.sign(user, { issuedAtMs: Date.now() - MINUTE_MS, ...(jti !== undefined && { jti }) });

  const opened = async (node: number, given: string): Promise<FrameSocket> => {
    const socket = await rig.bareSocket({ node, token: given });
    await socket.welcome();
    return socket;
  };

  it.each<[sent: string, body: object, given: () => Promise<string>]>([
    ['a token of a revoked user', { user: 'ada' }, () => token('ada')],
    ['a revoked token', { jti: 'stolen' }, () => token('ben', 'stolen')],
  ])('is disconnected by every node and admitted by none: %s', async (_, body, given) => {
    const stolen = await given();
    const sockets = [await opened(0, stolen), await opened(1, stolen)];
    expect((await rig.rest().post(PATH, body)).status).toBe(200);
    for (const socket of sockets) expect((await socket.ending()).code).toBe(4401);
    for (const node of [0, 1]) {
      await expect(rig.bareSocket({ node, token: stolen })).rejects.toMatchObject({ status: 401 });
    }
  });

  it('is not admitted by a node that starts later', async () => {
    const stolen = await token('cyd');
    await rig.rest().post(PATH, { user: 'cyd' });
    await rig.addServer('later');
    await expect(rig.bareSocket({ node: 2, token: stolen })).rejects.toMatchObject({ status: 401 });
  });

  it('sends nothing more, whatever was in progress', async () => {
    const stolen = await rig.tokens.sign('eve', { issuedAtMs: Date.now() - MINUTE_MS, publish: ['*'], topics: ['*'] });
    const socket = await opened(1, stolen);
    let sent = 0;
    const flood = setInterval(() => socket.send('publish', { topic: 'room', type: 't', data: sent }, (sent += 1)), 1);
    try {
      await until(() => sent > 20);
      await rig.rest().post(PATH, { user: 'eve' });
      expect((await socket.ending()).code).toBe(4401);
    } finally {
      clearInterval(flood);
    }
    const head = async () => (await rig.rest().get<{ head: number }>('/v1/topics/room')).body.head;
    const before = await head();
    await rig.rest().notify({ to: { topic: 'room' }, type: 't', data: 'last' });
    expect(await head()).toBe(before + 1);
  });

  it('cannot resume the ended session, even with a valid token', async () => {
    const first = await rig.socket('fay');
    const { session } = await first.welcome();
    expect((await rig.rest().delete(`/v1/sessions/${session}`)).status).toBe(200);
    expect((await first.ending()).code).toBe(4500);
    const again = await rig.socket('fay', { node: 1, query: { session } });
    expect(await again.welcome()).toMatchObject({ resumed: false, session: expect.not.stringMatching(session) });
  });
});
