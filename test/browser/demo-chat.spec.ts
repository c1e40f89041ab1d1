import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { DemoSide, openScene } from '../support/demo-page.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { useBrowser } from '../support/use-browser.js';
import { expectSoon, until } from '../support/wait.js';

const GREETING = 'Hello, this is Maya. How can I help?';
const CLEAN = { twice: 0, unordered: 0 };

describe('the support chat', () => {
  const stage = useBrowser(() => PostriderRig.start());
  let page: Page;
  let customer: DemoSide;
  let agent: DemoSide;

  /** Opens the scene and waits until both sides have acknowledged the greeting. */
  const open = async (): Promise<void> => {
    const scene = await openScene(stage.browser, `${stage.rig.server().url}/#chat`, ['customer', 'agent']);
    page = scene.page;
    ({ customer, agent } = scene.sides);
    await agent.place.locator('.bubble[data-tick=read]', { hasText: GREETING }).waitFor();
  };

  it('delivers a message and shows its acknowledgment', async () => {
    await open();
    await customer.place.locator('.presence', { hasText: 'Maya is here' }).waitFor();
    await customer.say('My parcel has not come.');
    await agent.bubble('My parcel has not come.').waitFor();
    await customer.place.locator('.bubble[data-tick=read]', { hasText: 'My parcel' }).waitFor();
    await expect(agent.talk()).resolves.toEqual([GREETING, 'My parcel has not come.']);
  });

  it('delivers messages written before anybody was connected', async () => {
    page = await stage.browser.open(`${stage.rig.server().url}/#chat`);
    [customer, agent] = [new DemoSide(page, 'customer'), new DemoSide(page, 'agent')];
    await customer.say('first of all');
    await agent.bubble('first of all').waitFor();
    await customer.place.locator('.bubble[data-tick=read]', { hasText: 'first of all' }).waitFor();
    await agent.place.locator('.bubble[data-tick=read]', { hasText: GREETING }).waitFor();
    await expect(agent.received(2)).resolves.toEqual(CLEAN);
  });

  it('catches up after being offline: everything, in the same order, each once', async () => {
    await open();
    await customer.cut();
    await agent.place.locator('.presence', { hasText: 'Jonas is away' }).waitFor();
    for (const text of ['agent 1', 'agent 2', 'agent 3']) await agent.say(text);
    for (const text of ['customer 1', 'customer 2']) await customer.say(text);
    await until(async () => (await customer.place.locator('.bubble[data-tick=waiting]').count()) === 2);
    await agent.place.locator('.bubble[data-tick=sent]', { hasText: 'agent 3' }).waitFor();
    await customer.connect();
    await agent.bubble('customer 2').waitFor();
    await customer.bubble('agent 3').waitFor();
    const expected = [GREETING, 'agent 1', 'agent 2', 'agent 3', 'customer 1', 'customer 2'];
    await expect(agent.talk()).resolves.toEqual(expected);
    await until(async () => (await customer.talk()).join() === expected.join());
    await until(async () => (await page.locator('.bubble[data-mine=true]:not([data-tick=read])').count()) === 0);
    await expect(customer.received(6)).resolves.toEqual(CLEAN);
    await expect(agent.received(6)).resolves.toEqual(CLEAN);
  });

  it('comes back with the same session after its socket was killed', async () => {
    await open();
    const session = await agent.session();
    await agent.button('Kill socket').click();
    await agent.place.and(page.locator('[data-resumed="1"]')).waitFor();
    await agent.connected();
    await expect(agent.session()).resolves.toBe(session);
    await customer.say('still there?');
    await agent.bubble('still there?').waitFor();
    await expect(agent.received(2)).resolves.toEqual(CLEAN);
  });

  it('fills the window while acks are paused, and drains it afterwards', async () => {
    await open();
    await customer.button('Pause acks').click();
    const texts = Array.from({ length: 8 }, (_, index) => `line ${index + 1}`);
    for (const text of texts) await agent.say(text);
    await customer.place.locator('.window[data-full=true]', { hasText: '5 of 5' }).waitFor();
    await agent.place.locator('.bubble[data-tick=sent]', { hasText: 'line 8' }).waitFor();
    await expect(customer.talk()).resolves.toEqual([GREETING, ...texts.slice(0, 5)]);
    await customer.button('Resume acks').click();
    await agent.place.locator('.bubble[data-tick=read]', { hasText: 'line 8' }).waitFor();
    await expect(customer.talk()).resolves.toEqual([GREETING, ...texts]);
    await expect(customer.received(9)).resolves.toEqual(CLEAN);
    await expectSoon(() => expect(customer.place.locator('.window').count()).resolves.toBe(0));
  });

  it('shows a redelivered message only once', async () => {
    await open();
    await customer.button('Pause acks').click();
    for (const text of ['one', 'two']) await agent.say(text);
    await customer.place.locator('.window', { hasText: '2 of 5' }).waitFor();
    await customer.button('Kill socket').click();
    await (await customer.frames('notification')).filter({ hasText: 'chat offset 3 · attempt 2' }).waitFor();
    await expect(customer.talk()).resolves.toEqual([GREETING, 'one', 'two']);
    await customer.button('Resume acks').click();
    await agent.place.locator('.bubble[data-tick=read]', { hasText: 'two' }).waitFor();
    await expect(customer.received(3)).resolves.toEqual(CLEAN);
  });

  it('continues after a restart of the server, with messages written meanwhile', async () => {
    await open();
    const sessions = [await customer.session(), await agent.session()];
    await stage.rig.server().kill();
    await customer.place.locator('.reason', { hasText: 'unreachable' }).waitFor();
    for (const text of ['one', 'two']) await customer.say(text);
    await agent.say('three');
    await until(async () => (await page.locator('.bubble[data-tick=waiting]').count()) === 3);
    await stage.rig.server().restart();
    await agent.place.locator('.bubble[data-tick=read]', { hasText: 'three' }).waitFor();
    await customer.place.locator('.bubble[data-tick=read]', { hasText: 'two' }).waitFor();
    await expect(customer.talk()).resolves.toEqual(await agent.talk());
    await expect(customer.received(4)).resolves.toEqual(CLEAN);
    await expect(agent.received(4)).resolves.toEqual(CLEAN);
    expect([await customer.session(), await agent.session()]).toEqual(sessions);
    // The browser complained about attempts to connect while the server was down.
    stage.browser.complaints.splice(0);
  });

  it('shows the frames that go in and out', async () => {
    await open();
    const out = await customer.frames('publish');
    await customer.say('on the wire');
    await out.first().waitFor();
    await expectSoon(() => expect(out.first().getAttribute('data-direction')).resolves.toBe('out'));
    const arrivals = await customer.frames('notification');
    await arrivals.filter({ hasText: 'chat offset 2 · attempt 1 · chat.message' }).waitFor();
    await (await customer.frames('ack')).first().waitFor();
    await expect((await customer.frames('hello')).count()).resolves.toBe(1);
    await expect(customer.place.locator('.frames').textContent()).resolves.not.toContain('eyJ');
  });
});
