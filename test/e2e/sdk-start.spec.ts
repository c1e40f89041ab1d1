import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Message, Postrider } from '@postrider/client';
import { WebSocket } from 'ws';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

describe('the client SDK against a real server', () => {
  let rig: PostriderRig;
  const clients: Postrider[] = [];

  const connect = (user: string, claims = {}): Postrider => {
    const token = (): Promise<string> => rig.tokens.sign(user, claims);
    const client = new Postrider({ url: rig.server().url, token, WebSocket });
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    rig = await PostriderRig.start();
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await rig?.close();
  });

  it('works in ten lines', async () => {
    const seen: unknown[] = [];
    const client = connect('ann');
    client.on('notification', ({ data }) => seen.push(data));
    await until(() => client.state === 'open');

    const { id } = await rig.rest().notify({ to: { user: 'ann' }, type: 'greeting', data: { text: 'Hello' } });
    await until(() => seen.length === 1);

    expect(seen).toEqual([{ text: 'Hello' }]);
    await until(async () => (await rig.rest().status(id)).state === 'acknowledged');
  });

  it('subscribes, publishes, shows presence, and acknowledges on demand', async () => {
    const client = connect('bob', { topics: ['orders.*'], publish: ['orders.*'] });
    const messages: Message[] = [];
    const subscription = await client.subscribe('orders.eu', (message) => messages.push(message), { ack: 'manual' });
    expect(subscription).toMatchObject({ topic: 'orders.eu', offset: 0, cursor: 0 });

    const { offset } = await client.publish('orders.eu', 'order.paid', { n: 1 });
    expect(offset).toBe(1);
    const message = await until(() => messages[0]);
    await message.ack();
    expect(await client.presence('orders.eu')).toMatchObject({ users: ['bob'], sessions: [client.session] });
    await subscription.unsubscribe();
    expect(await client.presence('orders.eu')).toMatchObject({ users: [] });
  });
});
