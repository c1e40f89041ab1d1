import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';

describe('a lost hint', () => {
  let rig: PostriderRig;
  let mute: number;

  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { HEADS_POLL_MS: '300' } });
    // A node that may write everything but publish nothing.
    await rig.redis.client().call('ACL', 'SETUSER', 'mute', 'on', '>secret', '~*', 'resetchannels', '+@all');
    const url = rig.redis.url.replace('redis://', 'redis://mute:secret@');
    mute = rig.servers.indexOf(await rig.addServer('mute', { REDIS_URL: url, ROLES: 'api' }));
  });

  afterAll(() => rig?.close());

  it.each<['any' | 'all' | 'none']>([['any'], ['all'], ['none']])(
    'costs a delay, never the notification (ack: %s)',
    async (ack) => {
      const socket = await rig.socket('ada');
      await socket.subscribed('user:ada');
      const { id, targets } = await rig.rest(mute).notify({ to: { user: 'ada' }, type: 'note', data: ack, ack });
      expect(targets).toMatchObject([{ online: 1 }]);
      const { offset, attempt } = await socket
        .next<{ id: string; offset: number; attempt: number }>('notification', ({ data }) => data.id === id)
        .then(({ data }) => data);
      expect(attempt).toBe(1);
      await socket.request('ack', { topic: 'user:ada', offset }, 1);
      expect((await rig.rest().status(id)).recipients.acked).toBe(1);
      socket.close();
      await socket.closed;
      await rig.rest().delete(`/v1/sessions/${(await socket.welcome()).session}`);
    },
  );
});
