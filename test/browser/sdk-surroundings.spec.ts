import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { type SdkRig, numbers } from '../support/sdk-rig.js';
import { useSdkTabs } from '../support/sdk-tabs.js';
import { until } from '../support/wait.js';

describe('the client in a page', () => {
  let rig: SdkRig;
  let context: BrowserContext;

  useSdkTabs({ env: { ACK_WAIT_MS: '2000' } }, (tabs) => {
    ({ rig, context } = tabs);
  });

  const sorted = (values: readonly unknown[]): number[] => values.map(Number).toSorted((one, other) => one - other);

  const duplicate = async (tab: Page): Promise<Page> => {
    // Copies the tab's storage, as "Duplicate tab" does.
    const [copy] = await Promise.all([context.waitForEvent('page'), tab.evaluate('void window.open(location.href)')]);
    await rig.isOpen(copy);
    return copy;
  };

  it('continues when the application deletes the database', async () => {
    const tabs = [await rig.open(context, 'ada'), await rig.open(context, 'ada')] as const;
    await rig.send('ada', 1, 3);
    // No request to the deleted database may be pending.
    await until(() => rig.told('handled').length === 3 && rig.told('elsewhere').length === 3);
    const deleted = await tabs[1].evaluate(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.deleteDatabase('postrider');
          for (const event of ['success', 'blocked', 'error']) request.addEventListener(event, () => resolve(event));
        }),
    );
    expect(deleted).toBe('success');
    await rig.send('ada', 4, 20);
    await until(() => rig.told('elsewhere').length === 20);
    expect(sorted(rig.told('handled'))).toEqual(numbers(1, 20));
    expect(rig.told('error')).toEqual([]);
  });

  it('leaves nothing of its user behind if it forgets them as documented, and starts over', async () => {
    const document = readFileSync(new URL('../../docs/client-sdk.md', import.meta.url), 'utf8');
    const [, signOut = ''] = /### Signing out[^]*?```js\n([^]*?)```/.exec(document) ?? [];
    const tab = await rig.open(context, 'anna');
    const session = await rig.sessionOf(tab);
    await rig.send('anna', 1, 3);
    await until(() => rig.told('handled', tab).length === 3);
    await tab.evaluate(`(async () => { ${signOut} })()`);
    const left = async (): Promise<unknown> =>
      tab.evaluate(async () => [
        Object.keys(sessionStorage),
        (await indexedDB.databases()).map(({ name }) => name),
        (await navigator.locks.query()).held?.length,
      ]);
    expect(await left()).toEqual([[], [], 0]);
    await tab.evaluate('client.connect()');
    await rig.isOpen(tab);
    expect(await rig.sessionOf(tab)).not.toBe(session);
    await rig.send('anna', 4);
    await until(() => rig.told('handled', tab).length === 4);
  });

  it('handles each notification once in both tabs after its site data is cleared', async () => {
    const tabs = [await rig.open(context, 'grace'), await rig.open(context, 'grace')] as const;
    await rig.send('grace', 1, 3);
    await until(() => rig.told('elsewhere').length === 3);
    const devtools = await context.newCDPSession(tabs[0]);
    await devtools.send('Storage.clearDataForOrigin', { origin: rig.origin, storageTypes: 'indexeddb' });
    await rig.send('grace', 4, 23);
    await until(() => rig.told('elsewhere').length === 23);
    expect(sorted(rig.told('handled'))).toEqual(numbers(1, 23));
    expect(rig.told('error')).toEqual([]);
  });

  it('says once that its database never opens, and still shows everything once in both tabs and acknowledges it', async () => {
    await context.addInitScript('IDBFactory.prototype.open = () => new EventTarget()');
    const tabs = [await rig.open(context, 'edsger'), await rig.open(context, 'edsger')] as const;
    const ids = await rig.send('edsger', 1, 10);
    await until(() => rig.told('elsewhere').length === 10);
    expect(sorted(rig.told('handled'))).toEqual(numbers(1, 10));
    for (const tab of tabs) expect(rig.told('error', tab)).toEqual(['storage_unavailable']);
    const states = (): Promise<string[]> =>
      Promise.all(ids.map(async (id) => (await rig.postrider.rest().status(id)).state));
    await until(async () => (await states()).every((state) => state === 'acknowledged'));
  });

  it('shows and acknowledges everything if its transactions stop answering, and closes', async () => {
    const tab = await rig.open(context, 'barbara');
    await rig.send('barbara', 1);
    await until(() => rig.told('handled').length === 1);
    await tab.evaluate(
      'IDBDatabase.prototype.transaction = () => ({ objectStore: () => ({ get() {}, put() {} }), addEventListener() {} })',
    );
    await rig.send('barbara', 2, 5);
    await until(() => rig.told('handled').length === 5);
    await tab.evaluate('client.close()');
    expect(await rig.stateOf(tab)).toBe('closed');
    expect(rig.told('error')).toEqual(['storage_unavailable']);
  });

  it('shows everything even if its locks are never granted', async () => {
    await context.addInitScript('LockManager.prototype.request = () => new Promise(() => undefined)');
    const tab = await rig.open(context, 'donald');
    await rig.send('donald', 1, 5);
    await until(() => rig.told('handled').length === 5);
    expect(rig.told('error', tab)).toEqual(['storage_unavailable']);
  });

  it('shows in a duplicated tab what the original has handled, if each tab handles everything', async () => {
    const original = await rig.open(context, 'tony', { seen: 'tab' });
    const copy = await duplicate(original);
    const url = copy.url();
    await copy.goto('about:blank');
    await rig.send('tony', 1, 3);
    await until(() => rig.told('handled', original).length === 3);
    await copy.goto(url);
    await until(() => rig.told('handled', copy).length === 3);
    expect(sorted(rig.told('handled', copy))).toEqual([1, 2, 3]);
    await copy.reload();
    await rig.isOpen(copy);
    await rig.send('tony', 4);
    for (const tab of [original, copy]) await until(() => rig.told('handled', tab).length === 4);
  });

  it('takes over from a tab that hangs', async () => {
    const options = { handlerTimeoutMs: 1_000 };
    const tabs = [await rig.open(context, 'leslie', options), await rig.open(context, 'leslie', options)];
    await Promise.all(tabs.map((tab) => tab.evaluate('window.busyMs = 20_000')));
    const [id = ''] = await rig.send('leslie', 1);
    const { tab: hung } = await until(() => rig.reports.find(({ what }) => what === 'begun'));
    const other = tabs.find((tab) => tab !== hung) as Page;
    await other.evaluate('window.busyMs = 0');
    await rig.send('leslie', 2);
    await until(() => rig.told('handled', other).length === 2);
    expect(sorted(rig.told('handled', other))).toEqual([1, 2]);
    await until(async () => (await rig.postrider.rest().status(id)).state === 'acknowledged');
  });

  it('keeps its session and one lock at each reload if it creates its client twice', async () => {
    const tab = await rig.load(context, 'alan', { autoConnect: false });
    const sessions = new Set<unknown>();
    for (let load = 0; load < 4; load += 1) {
      await tab.evaluate(
        'mount({ autoConnect: true }).close(); window.client = mount({ autoConnect: true }); client.on("notification", ({ data }) => report("handled", data.n))',
      );
      await rig.isOpen(tab);
      sessions.add(await rig.sessionOf(tab));
      const held = (): Promise<(string | undefined)[]> =>
        tab.evaluate(async () => (await navigator.locks.query()).held?.map(({ name }) => name) ?? []);
      // The lock of a handled notification is released a little later.
      await until(async () => (await held()).length === 1, { what: 'one lock is held' });
      const [id = ''] = await rig.send('alan', load);
      await until(() => rig.told('handled').length === load + 1);
      await until(async () => (await rig.postrider.rest().status(id)).state === 'acknowledged');
      await tab.reload();
      await tab.waitForFunction('window.follow');
    }
    expect(sessions.size).toBe(1);
  });

  it('reads little of the state that 50,000 notifications have left', async () => {
    const tab = await rig.load(context, 'niklaus', { autoConnect: false });
    const own = await tab.evaluate(
      async (scope) => {
        const request = indexedDB.open('postrider', 1);
        request.onupgradeneeded = () => request.result.createObjectStore('seen', { keyPath: ['scope', 'id'] });
        await new Promise((resolve) => request.addEventListener('success', resolve));
        const transaction = request.result.transaction('seen', 'readwrite');
        const rows = transaction.objectStore('seen');
        for (let n = 0; n < 47_000; n += 1)
          rows.put({ scope: `${scope} gone-${n % 100}`, id: `n${n}`, at: Date.now() });
        for (let n = 0; n < 3_000; n += 1) rows.put({ scope, id: `n${n}`, at: n });
        await new Promise((resolve) => transaction.addEventListener('complete', resolve));
        request.result.close();
        const { getAll } = IDBObjectStore.prototype;
        const read: number[] = [];
        Object.assign(window, { read });
        IDBObjectStore.prototype.getAll = function counting(...given) {
          const found = getAll.apply(this, given);
          found.addEventListener('success', () => void read.push(found.result.length));
          return found;
        };
        return scope;
      },
      `${rig.postrider.server().url.replace('http', 'ws')}/ws  niklaus`,
    );
    await tab.evaluate('client.on("notification", () => window.readFirst ??= read.slice()); client.connect()');
    await rig.send('niklaus', 1);
    await until(() => rig.told('handled').length === 1);
    const read = (await tab.evaluate('window.readFirst')) as number[];
    expect(read.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4_000);
    expect(Math.max(...read)).toBeLessThanOrEqual(1_000);
    const left = (): Promise<number> =>
      tab.evaluate(async (scope) => {
        const request = indexedDB.open('postrider');
        await new Promise((resolve) => request.addEventListener('success', resolve));
        const count = request.result
          .transaction('seen')
          .objectStore('seen')
          .count(IDBKeyRange.bound([scope], [scope, []]));
        await new Promise((resolve) => count.addEventListener('success', resolve));
        request.result.close();
        return count.result;
      }, own);
    await until(async () => (await left()) <= 1_001);
  });
});
