import { describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import type { Notification } from '../support/frames.js';
import { type SdkRig, numbers } from '../support/sdk-rig.js';
import { useSdkTabs } from '../support/sdk-tabs.js';
import { until } from '../support/wait.js';

describe('the client in several tabs of one browser', () => {
  let rig: SdkRig;
  let context: BrowserContext;

  useSdkTabs({ redis: { appendOnly: true }, env: { ACK_WAIT_MS: '2000' } }, (tabs) => {
    ({ rig, context } = tabs);
  });

  const acknowledged = async (ids: readonly string[]): Promise<boolean> => {
    const states = await Promise.all(ids.map((id) => rig.postrider.rest().status(id)));
    return states.every(({ state }) => state === 'acknowledged');
  };

  it('handles each notification once in both tabs, and informs the other tab', async () => {
    const one = await rig.open(context, 'ada');
    const two = await rig.open(context, 'ada');
    expect(await rig.sessionOf(one)).not.toBe(await rig.sessionOf(two));
    const ids = await rig.send('ada', 1, 30);
    await until(() => rig.told('handled').length >= 30 && acknowledged(ids));
    await until(() => rig.told('elsewhere').length >= 30, { what: 'the other tab is told of each' });
    for (const tab of [one, two]) {
      const known = [...rig.told('handled', tab), ...rig.told('elsewhere', tab)];
      expect(known.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(1, 30));
    }
    expect(rig.told('begun')).toHaveLength(30);
    expect(rig.told('error')).toEqual([]);
  });

  it('leaves to the other tab the notification that a closed tab was handling', async () => {
    const tabs = [await rig.open(context, 'grace'), await rig.open(context, 'grace')];
    await Promise.all(tabs.map((tab) => tab.evaluate('window.hold = true')));
    const ids = await rig.send('grace', 1);
    const first = await until(() => rig.reports.find(({ what }) => what === 'begun'));
    const other = tabs.find((tab) => tab !== first.tab) as Page;
    await other.evaluate('window.hold = false');
    await first.tab.close();
    await until(() => rig.told('handled').length === 1 && acknowledged(ids));
    expect(rig.told('handled', other)).toEqual([1]);
    await rig.send('grace', 2);
    await until(() => rig.told('handled').length === 2);
    expect(rig.told('handled')).toEqual([1, 2]);
  });

  it('gives a duplicated tab a session of its own', async () => {
    const original = await rig.open(context, 'edsger');
    const session = await rig.sessionOf(original);
    // Copies the tab's storage, as "Duplicate tab" does.
    const [copy] = await Promise.all([
      context.waitForEvent('page'),
      original.evaluate('void window.open(location.href)'),
    ]);
    await rig.isOpen(copy);
    expect(await rig.sessionOf(copy)).not.toBe(session);
    expect(await rig.sessionOf(original)).toBe(session);
    await rig.send('edsger', 1, 5);
    await until(() => rig.told('handled').length >= 5);
    expect(rig.told('handled')).toEqual(numbers(1, 5));
    expect(rig.told('state', original)).toEqual(['open']);
  });

  it('keeps its session when the page before it lets go of it late', async () => {
    const tab = await rig.open(context, 'john');
    const session = await rig.sessionOf(tab);
    const other = await rig.open(context, 'another');
    const id = await tab.evaluate<string | undefined>(
      () => Object.entries<string>(sessionStorage).find(([name]) => name.startsWith('postrider tab '))?.[1],
    );
    expect(id).toBeDefined();
    const lockName = `postrider tab ${id}`;
    // The other tab is next in line for the lock, and holds it until the reloaded tab has asked
    // three times.
    await other.evaluate<void, string>((name) => {
      const asked = new Promise((resolve) => addEventListener('storage', resolve));
      void navigator.locks.request(name, () => asked);
    }, lockName);
    await tab.addInitScript<string>((name) => {
      const { locks } = navigator;
      const request = locks.request.bind(locks) as (...args: unknown[]) => Promise<unknown>;
      let times = 0;
      locks.request = (...args: unknown[]) => {
        if (args[0] === name && ++times === 3) localStorage.setItem(name, 'asked');
        return request(...args);
      };
    }, lockName);
    await tab.reload();
    await rig.isOpen(tab);
    expect(await rig.sessionOf(tab)).toBe(session);
  });

  it('handles it in every tab if each tab is an application of its own', async () => {
    const tabs = [await rig.open(context, 'tony', { seen: 'tab' }), await rig.open(context, 'tony', { seen: 'tab' })];
    await rig.send('tony', 1, 5);
    for (const tab of tabs) await until(() => rig.told('handled', tab).length >= 5);
    for (const tab of tabs) expect(rig.told('handled', tab)).toEqual(numbers(1, 5));
    expect(rig.told('elsewhere')).toEqual([]);
  });

  it('keeps users of one browser separate', async () => {
    const ada = await rig.open(context, 'ada.l');
    const alan = await rig.open(context, 'alan.t');
    await rig.send('ada.l', 1, 3);
    await rig.send('alan.t', 4, 6);
    await until(() => rig.told('handled').length >= 6);
    expect(rig.told('handled', ada)).toEqual([1, 2, 3]);
    expect(rig.told('handled', alan)).toEqual([4, 5, 6]);
  });

  it('is joined late by a tab: a notification for every session is shown once and ends once all have acknowledged', async () => {
    const silent = await rig.postrider.socket('donald');
    await silent.subscribed('user:donald');
    const first = await rig.open(context, 'donald');
    await first.evaluate('window.hold = true');
    const send = async (n: number): Promise<string> => {
      const body = { to: { user: 'donald' }, type: 'n', data: { n }, ack: 'all' as const };
      return (await rig.postrider.rest().notify(body)).id;
    };
    const id = await send(1);
    const { offset } = await silent.notification('user:donald');
    await until(() => rig.told('begun', first).length === 1);
    const late = await rig.open(context, 'donald');
    await first.evaluate('window.hold = false, window.release()');
    await until(() => rig.told('handled', first).length === 1);
    await until(async () => (await rig.postrider.rest().status(id)).recipients.acked >= 1);
    const later = await rig.open(context, 'donald');
    expect((await rig.postrider.rest().status(id)).state).toBe('accepted');
    silent.send('ack', { topic: 'user:donald', offset });
    await until(() => acknowledged([id]));
    expect(rig.told('begun')).toEqual([1]);

    const next = await send(2);
    // The first one may have been redelivered in the meantime.
    const { data: second } = await silent.next<Notification>('notification', ({ data }) => data.id === next);
    await until(() => rig.told('elsewhere').filter((n) => n === 2).length === 2);
    silent.send('ack', { topic: 'user:donald', offset: second.offset });
    await until(() => acknowledged([next]));
    expect(rig.told('begun')).toEqual([1, 2]);
    for (const tab of [first, late, later]) expect(rig.told('error', tab)).toEqual([]);
  });

  it('handles each notification once while both tabs keep losing their connections and the server is restarted', async () => {
    const tabs = [await rig.open(context, 'barbara'), await rig.open(context, 'barbara')];
    const ids = await rig.send('barbara', 1, 10);
    for (let round = 0; round < 8; round += 1) {
      const [tab] = tabs.splice(0, 1) as [Page];
      tabs.push(tab);
      await tab.evaluate('client.reconnect()');
      ids.push(...(await rig.send('barbara', 11 + round * 10, 20 + round * 10)));
      if (round === 4) await rig.postrider.server().restart();
    }
    await until(() => acknowledged(ids), { timeoutMs: 30_000 });
    const handled = rig.told('handled').toSorted((a, b) => Number(a) - Number(b));
    expect(handled).toEqual(numbers(1, 90));
    for (const tab of tabs) await rig.isOpen(tab);
  });
});
