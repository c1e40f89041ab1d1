import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { GUARD_QUEUE, RELEASE_QUEUE, SWEEP_QUEUE } from '../../src/queue/queue-names.js';
import { queuePrefix } from '../../src/contract/partition.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const HOSTILE: readonly unknown[] = [
  null,
  7,
  'x',
  [],
  {},
  { names: null },
  { names: 'main/user:ada' },
  { names: [null, 7, {}] },
  { names: ['}{', '', 'nobody', '\u0000'] },
  { names: Array.from({ length: 5_000 }, (_, n) => `nobody${n}`) },
  { id: null },
  { id: 'nobody' },
  { id: '}{' },
  { id: { a: 1 } },
  { __proto__: null, id: [] },
];

/**
 * Defense in depth: an attacker who can write to the queues in Redis can do worse, but the server
 * treats a job only as a reason to look, never as truth.
 */
describe('jobs that the server has not made', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { ACK_WAIT_MS: '300' } });
  });

  afterAll(() => rig?.close());

  it.each([GUARD_QUEUE, RELEASE_QUEUE, SWEEP_QUEUE])(
    'in the queue %s fail or do nothing; deliveries go on, and the books hold',
    async (name) => {
      const { port } = new URL(rig.redis.url);
      const queue = new Queue<unknown>(name, {
        connection: { host: '127.0.0.1', port: Number(port) },
        prefix: queuePrefix('pr'),
      });
      try {
        await queue.addBulk(HOSTILE.map((data) => ({ name: 'hostile', data, opts: { removeOnComplete: true } })));
        const isWorkedOff = async (): Promise<boolean> => (await queue.getJobs(['waiting', 'active'])).length === 0;
        await until(isWorkedOff, { what: 'the hostile jobs are worked off' });
      } finally {
        await queue.close();
      }
      const socket = await rig.socket(name);
      await socket.subscribed(`user:${name}`);
      const { id } = await rig.rest().notify({ to: { user: name }, type: 't', data: 1 });
      const { data } = await socket.next<{ offset: number; attempt: number }>(
        'notification',
        (frame) => frame.data.attempt === 2,
      );
      await socket.request('ack', { topic: `user:${name}`, offset: data.offset }, 1);
      await until(async () => (await rig.rest().status(id)).state === 'acknowledged');
      expect(await rig.rest().books()).toMatchObject({ dead: 0, pending: 0, difference: 0 });
      expect(rig.server().exit).toBeUndefined();
      socket.close();
    },
  );
});
