import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { partitionPrefix } from '../../src/contract/partition.js';
import { homeOf } from '../../src/contract/notification-id.js';
import { CoreRig } from '../support/core-rig.js';
import { type Frame, type Goodbye, parseFrames, type Welcome } from '../support/frames.js';
import { until } from '../support/wait.js';
import { GatewayNode, type Link } from './gateway-node.js';

const APP = 'main';
const LONG_AGO_MS = 60_000;

let rig: CoreRig;
let node: GatewayNode;
let other: GatewayNode;
let user: string;
let frames: Frame[];
let session: string;
let link: Link;
let users = 0;

beforeAll(async () => {
  Logger.overrideLogger(false);
  rig = await CoreRig.start({ env: { WS_HELLO_GRACE_MS: '0' } });
  [node, other] = [new GatewayNode(rig), new GatewayNode(rig)];
  await node.start();
  await other.start();
});
afterAll(async () => {
  await node?.stop();
  await other?.stop();
  await rig?.close();
});

const find = async () => (await rig.store.find([session]))[0];
const key = (): string => `${partitionPrefix(rig.config.keyPrefix, homeOf(session))}s:${session}`;
const goodbye = (): Goodbye | undefined => frames.find(({ event }) => event === 'goodbye')?.data as Goodbye | undefined;
const isLive = async (): Promise<boolean> => (await rig.log.info(`${APP}:user:${user}`, true)).live.has(session);
const count = (event: string): number => frames.filter((frame) => frame.event === event).length;

beforeEach(async () => {
  user = `user-${users++}`;
  frames = [];
  const identity = { user, app: APP, expiresAtMs: Number.MAX_SAFE_INTEGER, topics: ['*'], publish: [] };
  link = node.connect(
    identity,
    undefined,
    (text) => frames.push(...parseFrames(text)),
    () => undefined,
  );
  await until(() => count('subscribed') === 2);
  ({ session } = (frames.find(({ event }) => event === 'welcome') as Frame<Welcome>).data);
});

/** Expects the session to be held by this node, and served. */
async function expectHeld(generation: number): Promise<void> {
  expect(goodbye()).toBeUndefined();
  expect(await find()).toMatchObject({ state: 'open', node: node.holder, generation });
  expect(await isLive()).toBe(true);
  const before = count('notification');
  await rig.log.append(`${APP}:user:${user}`, [rig.notification(`${APP}:user:${user}`)]);
  await until(() => count('notification') === before + 1);
  link.cut();
  await until(async () => (await find())?.state === 'suspended');
}

/** Acts as a reaper after the node's lease has expired. */
const reap = (): Promise<void> => rig.node().sessions.reap(session, node.holder);
/** Resumes the session as a call whose answer is lost. */
const resumeUnheard = () => rig.store.resume(session, user, APP, node.holder);

describe('a session with a connection on this node', () => {
  it('stays if the records say so', async () => {
    await node.upkeep.verify();
    await expectHeld(1);
  });

  it('is taken back if it was suspended behind the back of its node', async () => {
    await reap();
    expect(await isLive()).toBe(false);
    await node.upkeep.verify();
    await expectHeld(2);
  });

  it('is not taken from itself when it is taken back twice at the same time', async () => {
    await reap();
    await Promise.all([node.reclaimer.reclaimAll(), node.upkeep.verify(), node.reclaimer.reclaimHeld(session, 1)]);
    await expectHeld(2);
  });

  it('stays if its node took it back but missed the answer', async () => {
    await resumeUnheard();
    await node.upkeep.verify();
    await expectHeld(2);
  });

  it('is taken back if it was suspended once more in between', async () => {
    await resumeUnheard();
    await reap();
    await node.upkeep.verify();
    await expectHeld(3);
  });

  it('keeps its topics: nothing is announced or sent again, and what it missed follows', async () => {
    const before = { welcome: count('welcome'), subscribed: count('subscribed'), gap: 0 };
    await rig.log.append(`${APP}:user:${user}`, [rig.notification(`${APP}:user:${user}`)]);
    await until(() => count('notification') === 1);
    await reap();
    await node.reclaimer.reclaimHeld(session, 1);
    await expectHeld(2);
    expect({ welcome: count('welcome'), subscribed: count('subscribed'), gap: count('gap') }).toEqual(before);
    expect(count('notification')).toBe(2);
    expect((await find())?.topics.toSorted()).toEqual(['all', `user:${user}`]);
  });

  it('is left alone if it has another generation here by now', async () => {
    await reap();
    await node.reclaimer.reclaimHeld(session, 2);
    expect(await find()).toMatchObject({ state: 'suspended', generation: 1 });
    await node.reclaimer.reclaimHeld(session, 1);
    await expectHeld(2);
  });

  it('is suspended again if its connection is lost while it is taken back', async () => {
    await reap();
    const reclaimed = node.reclaimer.reclaimHeld(session, 1);
    link.cut();
    await reclaimed;
    await until(async () => (await find())?.state === 'suspended');
    expect(await find()).toMatchObject({ generation: 2 });
    expect(await isLive()).toBe(false);
  });

  it('is released if another node has it', async () => {
    await rig.store.resume(session, user, APP, other.holder);
    await node.upkeep.verify();
    expect(goodbye()).toMatchObject({ code: 4409, reconnect: false });
    expect(await find()).toMatchObject({ state: 'open', node: other.holder, generation: 2 });
  });

  it('is released for good if an operator has ended it', async () => {
    await rig.redis.hset(key(), 'state', 'expired');
    await node.upkeep.verify();
    expect(goodbye()).toMatchObject({ code: 4500, reconnect: false });
  });

  it('is released to start over if its record is lost', async () => {
    await rig.redis.del(key());
    await node.upkeep.verify();
    expect(goodbye()).toMatchObject({ code: 1012, reconnect: true });
  });
});

describe('a session that a node holds by the records alone', () => {
  it('is suspended, but not while its client may still be told of it', async () => {
    await resumeUnheard();
    link.cut();
    await node.upkeep.verify();
    expect(await find()).toMatchObject({ state: 'open', generation: 2 });
    await rig.redis.hincrby(key(), 'since', -LONG_AGO_MS);
    await node.upkeep.verify();
    expect(await find()).toMatchObject({ state: 'suspended' });
    expect(await isLive()).toBe(false);
  });

  it('is found by a reaper even if its former connection ended late', async () => {
    await resumeUnheard();
    link.cut();
    await until(async () => !(await isLive()));
    const { orphans } = await rig.store.due([node.holder]);
    expect(orphans).toContainEqual({ id: session, node: node.holder });
  });
});
