import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { TestNode } from 'postrider/testing';
import { acme } from './acme.js';
import { Outbox } from './mail/outbox.js';

describe('orders', () => {
  let node: TestNode;

  before(async () => {
    node = await TestNode.start({ redisUrl: process.env['ACME_REDIS_URL'] ?? 'redis://127.0.0.1', extensions: acme });
  });

  after(() => node?.close());

  const ship = (id: string) =>
    fetch(`${node.url}/acme/orders/${id}/shipped`, {
      method: 'POST',
      headers: { authorization: `Bearer ${node.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'ada' }),
    });

  test('an order that ships notifies its user once and sends a mail', async () => {
    const mail = once(node.app.get(Outbox, { strict: false }), 'sent');
    const id = String(Date.now());
    const [first, second] = [await ship(id), await ship(id)];
    assert.equal(first.status, 201);
    const { id: notification } = (await first.json()) as { id: string };
    assert.equal(((await second.json()) as { id: string }).id, notification);
    assert.deepEqual(await mail, [{ user: 'ada', notification }]);
  });

  test('a draft does not ship', async () => {
    const answer = await ship('draft-7');
    assert.equal(answer.status, 409);
    assert.equal(((await answer.json()) as { message: string }).message, 'order draft-7 is a draft');
  });
});
