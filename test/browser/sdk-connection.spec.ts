import { describe, expect, it } from '@jest/globals';
import type { BrowserContext } from 'playwright-core';
import type { HistoryEntry, Page as List } from '../support/rest-types.js';
import { type SdkRig, numbers } from '../support/sdk-rig.js';
import { useSdkTabs } from '../support/sdk-tabs.js';
import { until } from '../support/wait.js';

describe('the client in a browser with a failing connection', () => {
  let rig: SdkRig;
  let context: BrowserContext;

  useSdkTabs({ redis: { appendOnly: true }, env: { ACK_WAIT_MS: '2000', HEARTBEAT_MS: '1000' } }, (tabs) => {
    ({ rig, context } = tabs);
  });

  const publishedIn = async (topic: string): Promise<unknown[]> => {
    const { body } = await rig.postrider.rest().get<List<HistoryEntry>>(`/v1/topics/${topic}/history`);
    return body.items.map(({ data }) => data);
  };

  it('catches up once and in order after it was offline, and publishes what it held back', async () => {
    const tab = await rig.open(context, 'ada');
    await tab.evaluate('follow("public.chat")');
    await rig.send('ada', 1, 3);
    await until(() => rig.told('handled').length === 3);
    await context.setOffline(true);
    await until(async () => (await rig.stateOf(tab)) !== 'open', { timeoutMs: 20_000, what: 'it notices' });
    await rig.send('ada', 4, 20);
    await tab.evaluate(
      `void (window.published = Promise.all([101, 102, 103].map((n) => client.publish('public.chat', 'n', { n }))))`,
    );
    expect(rig.told('handled')).toHaveLength(3);
    await context.setOffline(false);
    await until(() => rig.told('handled').length >= 23, { timeoutMs: 20_000 });
    await tab.evaluate('window.published');
    const told = rig.told('handled') as number[];
    expect(told.filter((n) => n <= 20)).toEqual(numbers(1, 20));
    expect(told.filter((n) => n > 100)).toEqual([101, 102, 103]);
    await expect(publishedIn('public.chat')).resolves.toEqual([{ n: 101 }, { n: 102 }, { n: 103 }]);
  });

  it('resumes its session after the server was restarted', async () => {
    const tab = await rig.open(context, 'grace');
    const session = await rig.sessionOf(tab);
    await tab.evaluate('follow("public.news")');
    const send = async (n: number): Promise<unknown> =>
      rig.postrider.rest().notify({ to: { topic: 'public.news' }, type: 'n', data: { n } });
    await rig.send('grace', 1, 5);
    await send(101);
    await until(() => rig.told('handled').length === 6);
    await rig.postrider.server().restart();
    await rig.send('grace', 6, 10);
    await send(102);
    await until(() => rig.told('handled').length >= 12);
    await rig.isOpen(tab);
    expect(await rig.sessionOf(tab)).toBe(session);
    const told = rig.told('handled') as number[];
    expect(told.filter((n) => n < 100)).toEqual(numbers(1, 10));
    expect(told.filter((n) => n > 100)).toEqual([101, 102]);
  });

  it('keeps its session and its handled notifications over a reload', async () => {
    const tab = await rig.open(context, 'edsger');
    const session = await rig.sessionOf(tab);
    await tab.evaluate(loseAcks);
    const ids = await rig.send('edsger', 1, 3);
    await until(() => rig.told('handled').length === 3);
    await tab.waitForFunction('window.lostAcks > 0');
    const pending = await rig.postrider.rest().status(ids[0] ?? '');
    expect(pending.state).toBe('accepted');
    await tab.reload();
    await rig.isOpen(tab);
    expect(await rig.sessionOf(tab)).toBe(session);
    await rig.send('edsger', 4);
    await until(() => rig.told('handled').includes(4));
    expect(rig.told('handled')).toEqual(numbers(1, 4));
    await until(async () => (await rig.postrider.rest().status(ids[0] ?? '')).state === 'acknowledged');
  });

  it('continues where it was when the person comes back to the page', async () => {
    const tab = await rig.open(context, 'leslie');
    const session = await rig.sessionOf(tab);
    const ids = await rig.send('leslie', 1, 3);
    await until(async () => (await rig.postrider.rest().status(ids[2] ?? '')).state === 'acknowledged');
    await tab.goto('about:blank');
    await rig.send('leslie', 4, 6);
    await tab.goBack();
    await until(() => rig.told('handled').length >= 6);
    expect(rig.told('handled')).toEqual(numbers(1, 6));
    expect(await rig.sessionOf(tab)).toBe(session);
  });

  it('connects once a server that was down at the start is up', async () => {
    const away = rig.postrider.server();
    const tab = await rig.load(context, 'barbara', { autoConnect: false });
    expect(await rig.stateOf(tab)).toBe('closed');
    await away.kill();
    await tab.evaluate('client.connect()');
    await until(async () => (await rig.stateOf(tab)) === 'waiting');
    await away.restart();
    await rig.isOpen(tab);
    await rig.send('barbara', 1);
    await until(() => rig.told('handled').length === 1);
    expect(rig.told('state', tab)).toEqual(expect.arrayContaining(['open', 'waiting', 'connecting']));
  });
});

/** Makes the page's acks get lost on their way to the server. */
function loseAcks(): void {
  const { send } = WebSocket.prototype;
  const page = window as unknown as { lostAcks: number };
  page.lostAcks = 0;
  WebSocket.prototype.send = function (frame) {
    if (!String(frame).includes('"ack"')) return send.call(this, frame);
    page.lostAcks += 1;
  };
}
