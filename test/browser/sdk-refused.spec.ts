import { describe, expect, it } from '@jest/globals';
import type { BrowserContext } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { PageServer } from '../support/page-server.js';
import type { SdkRig } from '../support/sdk-rig.js';
import { useSdkTabs } from '../support/sdk-tabs.js';
import { until } from '../support/wait.js';

/** Settings of production, in which pages of the same machine get no special access. */
const ENV = { ACK_WAIT_MS: '1000', NODE_ENV: 'production', ADMIN_PORT: 'none' };

describe('the client in a browser, when something is wrong,', () => {
  let rig: SdkRig;
  let context: BrowserContext;

  useSdkTabs({ env: ENV }, (tabs) => {
    ({ rig, context } = tabs);
  });

  /** Makes the application return these tokens first. */
  const giveFirst = async (...tokens: string[]): Promise<void> => {
    await context.addInitScript((tokens) => Object.assign(window, { tokens }), tokens);
  };

  const few = { backoff: { baseMs: 20, capMs: 50, maxTries: 3 } };

  it('asks for another token if one has expired', async () => {
    await giveFirst(await rig.postrider.tokens.expired('ada'));
    const tab = await rig.open(context, 'ada');
    await rig.send('ada', 1);
    await until(() => rig.told('handled', tab).length === 1);
  });

  it('asks again if a token is invalid, says why, and continues with a valid one', async () => {
    const forged = await rig.postrider.tokens.forged('grace');
    // One more than the quick attempts; the server asks for a wait of seconds after each.
    const refused = few.backoff.maxTries + 1;
    await giveFirst(...Array.from({ length: refused }, () => forged));
    const tab = await rig.load(context, 'grace', few);
    await rig.isOpen(tab, 40_000);
    expect(rig.told('error', tab)).toEqual(Array.from({ length: refused }, () => 'unauthorized'));
    expect(rig.told('state', tab)).not.toContain('suspended');
    expect(rig.told('state', tab)).not.toContain('closed');
  });

  it('keeps trying slowly if pages of its origin may not connect', async () => {
    const tab = await rig.load(context, 'edsger', few);
    const html = await tab.content();
    const other = await PageServer.start({ '/index.html': html });
    const foreign = await context.newPage();
    await foreign.goto(tab.url().replace(rig.origin, other.origin));
    await until(() => rig.told('state', foreign).includes('suspended'));
    expect(rig.told('error', foreign)).toHaveLength(1);
    await other.close();
  });

  it('stays away after an operator has ended its session, until it is asked to come back', async () => {
    const tab = await rig.open(context, 'tony');
    const session = await rig.sessionOf(tab);
    await rig.postrider.rest().delete(`/v1/sessions/${session}`);
    await until(async () => (await rig.stateOf(tab)) === 'closed');
    expect(rig.told('error', tab)).toEqual(['session_ended']);
    await tab.evaluate('client.connect()');
    await rig.isOpen(tab);
    expect(await rig.sessionOf(tab)).not.toBe(session);
  });

  it('does not connect to a server with another protocol version', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'postrider.v9' });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const url = `ws://127.0.0.1:${port}/ws`;
    const tab = await rig.load(context, 'barbara', { ...few, url });
    await until(() => rig.told('state', tab).includes('suspended'));
    expect(rig.told('error', tab)).not.toEqual([]);
    expect(rig.told('welcome', tab)).toEqual([]);
    server.close();
  });

  it('gets a notification again if its handler throws', async () => {
    const tab = await rig.open(context, 'alan');
    const { id } = await rig.postrider.rest().notify({ to: { user: 'alan' }, type: 'n', data: { n: 1, fails: 1 } });
    await until(async () => (await rig.postrider.rest().status(id)).state === 'acknowledged');
    expect(rig.told('begun', tab)).toEqual([1, 1]);
    expect(rig.told('handled', tab)).toEqual([1]);
    expect(rig.told('error', tab)).toEqual(['handler_failed']);
  });

  it('continues with the next notification if a handler never returns', async () => {
    const tab = await rig.open(context, 'leslie', { handlerTimeoutMs: 300 });
    await tab.evaluate('window.hold = true');
    const [stuck = ''] = await rig.send('leslie', 1);
    await until(() => rig.told('begun', tab).length === 1);
    await tab.evaluate('window.hold = false');
    await rig.send('leslie', 2);
    await until(() => rig.told('handled', tab).includes(2));
    expect(rig.told('error', tab)).toContain('handler_timeout');
    expect((await rig.postrider.rest().status(stuck)).state).toBe('accepted');
  });
});
