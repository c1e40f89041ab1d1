import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const [API, GATEWAY, WORKER] = [0, 1, 2];

describe('api, gateway and worker in separate processes', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 0 });
    for (const role of ['api', 'gateway', 'worker']) await rig.addServer(role, { ROLES: role, SWEEP_MS: '300' });
  });

  afterAll(() => rig?.close());

  it('serve together what one process serves alone', async () => {
    const socket = await rig.socket('ada', { node: GATEWAY });
    const { node, session } = await socket.welcome();
    expect(node).toBe('gateway');
    await socket.subscribed('user:ada');
    const { id } = await rig.rest(API).notify({ to: { user: 'ada' }, type: 'note', data: 1, ackWaitMs: 200 });
    await until(() => socket.notifications('user:ada').length === 2, { what: 'the worker had it sent again' });
    expect(socket.notifications('user:ada').map(({ attempt }) => attempt)).toEqual([1, 2]);
    await socket.request('ack', { topic: 'user:ada', offset: 1 }, 1);
    expect(await rig.rest(API).status(id)).toMatchObject({ state: 'acknowledged', recipients: { acked: 1 } });
    const scheduled = await rig.rest(API).notify({ to: { session }, type: 'note', data: 2, delayMs: 300 });
    expect(await socket.notification(`session:${session}`)).toMatchObject({ id: scheduled.id, attempt: 1 });
    expect((await rig.rest(API).delete(`/v1/sessions/${session}`)).status).toBe(200);
    expect((await socket.ending()).code).toBe(4500);
  });

  it('each do only their own work', async () => {
    for (const node of [GATEWAY, WORKER]) {
      expect(
        (await rig.rest(node).post('/v1/notifications', { to: { user: 'ada' }, type: 'note', data: 1 })).status,
      ).toBe(404);
    }
    for (const node of [API, WORKER]) await expect(rig.socket('ada', { node })).rejects.toThrow('refused with 404');
  });

  it('are each healthy', async () => {
    for (const node of [API, GATEWAY, WORKER]) {
      expect((await rig.rest(node).get('/health/ready')).status).toBe(200);
      expect(await rig.rest(node).metric('process_resident_memory_bytes')).toBeGreaterThan(0);
    }
  });
});
