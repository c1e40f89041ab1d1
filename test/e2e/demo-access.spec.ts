import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameSocket } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RestClient } from '../support/rest-client.js';
import type { Problem } from '../support/rest-types.js';

interface Access {
  app: string;
  apiKey: string;
  stage: string;
  people: Record<'customer' | 'agent' | 'guest', { user: string; token: string }>;
  expiresAt: string;
}

describe('access to the demo', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
  });

  afterAll(() => rig?.close());

  const access = async (node = 0): Promise<Access> => {
    const { status, body } = await new RestClient(rig.server(node).url).post<Access>('/demo/access', undefined);
    expect(status).toBe(200);
    return body;
  };
  const enter = async (token: string, node = 0): Promise<FrameSocket> => {
    const socket = await rig.bareSocket({ node, token });
    await socket.welcome();
    return socket;
  };

  it('provides people who can talk to each other across nodes', async () => {
    const { people, stage } = await access();
    const [customer, agent] = [await enter(people.customer.token), await enter(people.agent.token, 1)];
    const topic = `demo.${stage}.chat`;
    for (const socket of [customer, agent]) {
      expect((await socket.request('subscribe', { topic }, 1)).event).toBe('subscribed');
    }
    await customer.request('publish', { topic, type: 'chat', data: { text: 'hello' }, key: 'k1' }, 2);
    expect(await agent.notification(topic)).toMatchObject({ type: 'chat', data: { text: 'hello' } });
    const { data } = await agent.request<{ users: string[] }>('presence', { topic }, 3);
    expect(data.users.toSorted()).toEqual([people.agent.user, people.customer.user].toSorted());
  });

  it('provides a key that can send to them and look up the outcome', async () => {
    const { people, apiKey } = await access();
    const guest = await enter(people.guest.token);
    // A stage from one node works on the others, because nothing of it is stored.
    const rest = rig.rest(1, apiKey);
    const { id } = await rest.notify({ to: { user: people.guest.user }, type: 'order.paid', data: 1 });
    const { offset, topic } = await guest.notification();
    await guest.request('ack', { topic, offset }, 1);
    expect((await rest.status(id)).state).toBe('acknowledged');
    expect(await rest.books()).toMatchObject({ difference: 0 });
    expect((await rig.rest().books()).accepted).toBe(0);
    expect((await rig.rest().get(`/v1/notifications/${id}`)).status).toBe(404);
  });

  it('keeps stages apart', async () => {
    const [one, two] = [await access(), await access(1)];
    expect(one.people.agent.user).not.toBe(two.people.agent.user);
    const agent = await enter(one.people.agent.token);
    for (const topic of [`demo.${two.stage}.chat`, `user:${two.people.guest.user}`, 'demo.chat', 'orders.eu']) {
      for (const request of ['subscribe', 'publish']) {
        const { data } = await agent.request<Problem>(request, { topic, type: 'x', data: 1 }, `${request} ${topic}`);
        expect([request, topic, data.code]).toEqual([request, topic, 'forbidden']);
      }
    }
  });

  it('is off in production unless it is switched on', async () => {
    const secrets = { NODE_ENV: 'production' };
    const closed = await rig.addServer('production', secrets);
    const { apiKey } = await access();
    const refused = await new RestClient(closed.url).post<Problem>('/demo/access', undefined);
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    expect((await new RestClient(closed.url, apiKey).get('/v1/books')).status).toBe(401);
    const open = await rig.addServer('production-with-demo', { ...secrets, DEMO: 'true' });
    expect((await new RestClient(open.url).post('/demo/access', undefined)).status).toBe(200);
  });
});
