import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const DRAIN_MS = 1_000;

describe('SIGTERM while Redis is away', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 0, redis: { appendOnly: true }, env: { DRAIN_MS: String(DRAIN_MS) } });
  });

  afterAll(() => rig?.close());

  it.each([
    ['killed', () => rig.redis.kill(), () => rig.redis.restart()],
    ['hung', async () => rig.redis.pause(), async () => rig.redis.unpause()],
  ])(
    '(%s): the sockets get their goodbye, the log tells what is not stored, it ends with 0',
    async (how, lose, mend) => {
      const server = await rig.addServer(`node-${how}`);
      const node = rig.servers.indexOf(server);
      const user = `ann-${how}`;
      const socket = await rig.socket(user, { node });
      const { session } = await socket.welcome();
      await socket.subscribed(`user:${user}`);
      const { id } = await rig.rest(node).notify({ to: { user }, type: 'note', data: 1 });
      const { offset } = await socket.notification(`user:${user}`);
      await lose();
      socket.send('ack', { topic: `user:${user}`, offset });
      socket.send('ping', undefined, 1);
      await socket.answer(1);

      const stopping = server.stop(30_000);
      expect((await socket.next('goodbye')).data).toMatchObject({ code: 1012, reconnect: true });
      expect((await socket.ending()).code).toBe(1012);
      expect(await stopping).toEqual({ code: 0, signal: null });
      const lines = server.log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
      expect(lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          msg: 'Drain timed out; unstored acks will be redelivered',
          event: 'drain_overdue',
          sockets: 0,
          acks: 1,
          unsaved: 1,
        }),
      );
      expect(lines.filter(({ msg }) => msg === 'Shutdown timed out; exiting')).toEqual([]);

      await mend();
      const other = await rig.addServer(`after-${how}`, { SWEEP_MS: '500' });
      const back = await rig.socket(user, { node: rig.servers.indexOf(other), query: { session } });
      expect(await back.welcome()).toMatchObject({ session, resumed: true });
      // Once it continues, a hung Redis executes the commands that it was sent; then nothing is
      // redelivered.
      const topic = `user:${user}`;
      await until(async () => {
        if (back.notifications(topic).length > 0) back.send('ack', { topic, offset });
        return (await rig.rest(rig.servers.indexOf(other)).status(id)).state === 'acknowledged';
      });
      for (const again of back.notifications(topic)) expect(again).toMatchObject({ id, attempt: 2 });
    },
  );
});
