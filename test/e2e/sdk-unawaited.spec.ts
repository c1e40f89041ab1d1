import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Child } from '../support/child-process.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until, within } from '../support/wait.js';

/**
 * Program that awaits nothing and whose listeners reject. It exits by itself once nothing is left
 * to do.
 */
const PROGRAM = `
import { Postrider } from '@postrider/client';
import { WebSocket } from 'ws';
const { URL: url, TOKEN: token } = process.env;
const sockets = [];
class Kept extends WebSocket { constructor(...args) { super(...args); sockets.push(this); } }
const later = async () => { throw new Error('later'); };
const client = new Postrider({
  url, token: () => token, WebSocket: Kept, store: {}, ack: 'manual', onFrame: later,
  requestTimeoutMs: 1000, backoff: { baseMs: 20, capMs: 100 },
});
const rejected = [];
const note = ({ code }) => { rejected.push(code); };
for (const event of ['state', 'error', 'welcome', 'subscribed', 'unsubscribed', 'gap', 'goodbye', 'elsewhere']) client.on(event, later);
console.error = () => undefined;
const opened = () => new Promise((resolve) => { const off = client.on('welcome', () => { off(); resolve(); }); });

const messages = new Promise((resolve) => {
  const all = [];
  client.on('notification', (message) => { if (all.push(message) === 3) resolve(all); });
});
client.subscribe('secret', () => undefined);
await opened();
console.log('open');
const cycle = {}; cycle.self = cycle;
for (const bad of [10n, cycle, { toJSON() { throw new Error('not me'); } }]) {
  await client.publish('public.x', 't', bad).catch(note);
}
client.publish('secret', 't', 1);
client.presence('secret');
const [one, two, three] = await messages;

sockets.at(-1).terminate();
one.nack(100);
two.terminate('nonsense');
three.ack();
client.presence('public.x');
client.refresh();
await opened();
const again = await new Promise((resolve) => client.on('notification', resolve));
console.log('again', again.id === one.id, again.attempt);
await again.ack();
client.subscribe('public.late', () => undefined);
client.publish('public.late', 't', 1);
again.nack();
client.close();
three.nack();
client.publish('public.late', 't', 2);
console.log('rejected', rejected.join());
`;

describe('a program that awaits nothing', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { ACK_WAIT_MS: '30000' } });
  });

  afterAll(() => rig?.close());

  it('is not ended by a rejection, and keeps its nacks over a lost connection', async () => {
    const TOKEN = await rig.tokens.sign('ada');
    const env = { ...process.env, URL: rig.server().url, TOKEN };
    const child = Child.spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { env });
    await until(() => child.lines.includes('open'), { timeoutMs: 30_000 });
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push((await rig.rest().notify({ to: { user: 'ada' }, type: 'n', data: { n } })).id);
    const exit = await within(child.exited, 60_000, 'the program ends');
    expect(child.lines).toEqual([
      'open',
      'again true 3',
      'rejected not_serializable,not_serializable,not_serializable',
    ]);
    expect(exit).toEqual({ code: 0, signal: null });
    const states = await Promise.all(ids.map(async (id) => (await rig.rest().status(id)).state));
    expect(states).toEqual(['acknowledged', 'dead', 'acknowledged']);
  });
});
