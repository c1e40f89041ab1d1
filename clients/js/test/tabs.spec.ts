import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Message, type PostriderOptions } from '@postrider/client';
import { ClientRig, stopTime } from './support/client-rig.js';
import { closeBrowser, openBrowser } from './support/fake-browser.js';
import { note } from './support/scripted-server.js';

let tabs: ClientRig[];

beforeEach(() => {
  stopTime();
  openBrowser();
  tabs = [];
});

afterEach(async () => {
  jest.useRealTimers();
  for (const tab of tabs) await tab.client.close();
  closeBrowser();
});

/** Opens tabs of one browser, each with its own connection. */
async function openTabs(count: number, options: Partial<PostriderOptions> = {}): Promise<ClientRig[]> {
  for (let n = 0; n < count; n += 1) {
    tabs.push(new ClientRig({ handlerTimeoutMs: 8_000, ...options }));
    await tabs[n]?.pass(1_000);
  }
  return tabs;
}

const send = (tab: ClientRig | undefined, offset: number, attempt = 1): void =>
  tab?.server.socket.say('notification', note(offset, { attempt }));

/** Handler that does not return. */
const hang = (): Promise<never> => new Promise(() => undefined);

describe('tabs beside one that hangs with a notification', () => {
  it("wait for the handler's time, then one takes the notification over", async () => {
    const [one, two] = await openTabs(2);
    one?.client.on('notification', hang);
    two?.listen();
    send(one, 1);
    await two?.pass(100);
    send(two, 1);
    await two?.pass(3_000);
    send(two, 1, 2);
    await two?.pass(4_000);
    expect(two?.offsets).toEqual([]);
    await two?.pass(2_000);
    expect(two?.offsets).toEqual([1]);
    expect(two?.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });

  it('wait for a redelivery, as slow is not hung', async () => {
    const [one, two] = await openTabs(2);
    one?.client.on('notification', () => new Promise((resolve) => setTimeout(resolve, 20_000)));
    two?.listen();
    send(one, 1);
    await two?.pass(100);
    send(two, 1);
    await two?.pass(15_000);
    expect(two?.offsets).toEqual([]);
    await two?.pass(10_000);
    expect(two?.offsets).toEqual([]);
    expect(two?.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });

  it('take it over one at a time', async () => {
    const [one, ...others] = await openTabs(4);
    const elsewhere: Message[] = [];
    one?.client.on('notification', hang);
    for (const tab of others) {
      tab.listen();
      tab.client.on('elsewhere', (message) => elsewhere.push(message));
    }
    send(one, 1);
    await one?.pass(100);
    for (const tab of others) send(tab, 1);
    await one?.pass(9_000);
    for (const tab of others) send(tab, 1, 2);
    await one?.pass(1_000);
    expect(others.flatMap(({ offsets }) => offsets)).toEqual([1]);
    expect(elsewhere).toHaveLength(2);
    for (const tab of others) expect(tab.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });

  it('take it over one after another if several hang', async () => {
    const [one, two, three] = await openTabs(3);
    one?.client.on('notification', hang);
    two?.client.on('notification', hang);
    three?.listen();
    send(one, 1);
    await one?.pass(100);
    send(two, 1);
    await one?.pass(100);
    send(three, 1);
    for (let attempt = 2; attempt <= 4; attempt += 1) {
      await one?.pass(9_000);
      for (const tab of tabs) send(tab, 1, attempt);
    }
    await one?.pass(1_000);
    expect(three?.offsets).toEqual([1]);
  });

  it('do not take over a cancelled notification', async () => {
    const [one, two] = await openTabs(2);
    one?.client.on('notification', hang);
    two?.listen();
    send(one, 1);
    await one?.pass(100);
    send(two, 1);
    send(two, 2);
    two?.server.socket.say('gap', { topic: 'user:ann', from: 1, to: 1, reason: 'cancelled' });
    await one?.pass(1_000);
    expect(two?.offsets).toEqual([2]);
    await one?.pass(20_000);
    expect(two?.offsets).toEqual([2]);
  });
});
