import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { partitionOf, partitionPrefix } from '../../src/contract/partition.js';
import { markOf } from '../../src/topic/entry-codec.js';
import { CoreRig } from '../support/core-rig.js';
import { type Frame, type Notification, parseFrames, type Welcome } from '../support/frames.js';
import { until } from '../support/wait.js';
import { GatewayNode, type Link } from './gateway-node.js';

const TOPIC = 'user:ada';
const ENTRIES = 3;

let rig: CoreRig;
let node: GatewayNode;
let app: string;
let frames: Frame[];
let apps = 0;

beforeAll(async () => {
  Logger.overrideLogger(false);
  rig = await CoreRig.start({ env: { CONFIRM: 'local', HEADS_POLL_MS: '60000', WS_HELLO_GRACE_MS: '0' } });
  node = new GatewayNode(rig);
  await node.start();
});
afterAll(async () => {
  await node?.stop();
  await rig?.close();
});
beforeEach(() => {
  app = `replaced${apps++}`;
});

const name = (): string => `${app}:${TOPIC}`;
const key = (): string => `${partitionPrefix(rig.config.keyPrefix, partitionOf(name()))}t:${name()}`;
const count = (event: string): number => frames.filter((frame) => frame.event === event).length;
const answer = (id: string) => until(() => frames.find((frame) => frame.id === id));
const notifications = (): Notification[] =>
  frames.flatMap(({ event, data }) => (event === 'notification' ? [data as Notification] : []));

function connect(session?: string): Link {
  frames = [];
  const identity = { user: 'ada', app, expiresAtMs: Number.MAX_SAFE_INTEGER, topics: ['*'], publish: [] };
  return node.connect(
    identity,
    session,
    (text) => frames.push(...parseFrames(text)),
    () => undefined,
  );
}

/** Opens a session that was sent all entries. */
async function begin(): Promise<Link> {
  const link = connect();
  await until(() => count('subscribed') === 2);
  for (let n = 0; n < ENTRIES; n += 1) await rig.log.append(name(), [rig.notification(name())]);
  await until(() => notifications().length === ENTRIES);
  return link;
}

/** Simulates a failover that lost the last entry and its records, and an append in its place. */
async function replaceLast(): Promise<{ offset: number; mark: string }> {
  const last = (await rig.redis.lindex(`${key()}:log`, -1)) ?? '';
  await rig.redis.lset(`${key()}:log`, -1, last.replace(markOf(last), 'otherone'));
  await rig.redis.del(`${key()}:ahead`);
  return { offset: ENTRIES, mark: markOf(last) };
}

describe('after a failover has replaced an entry that a session was sent,', () => {
  it('a cumulative ack does not cover the replacement, even if the entry before it was acknowledged singly', async () => {
    const link = await begin();
    link.send({ event: 'ack', data: { topic: TOPIC, offsets: [ENTRIES] }, id: 'by itself' });
    expect(await answer('by itself')).toMatchObject({ event: 'acked' });
    await replaceLast();
    link.send({ event: 'ack', data: { topic: TOPIC, offset: ENTRIES }, id: 'up to it' });
    expect(await answer('up to it')).toMatchObject({ event: 'error', data: { code: 'stale_epoch' } });
    expect(await rig.redis.zcount(`${key()}:cur`, 1, '+inf')).toBe(0);
    await until(() => count('gap') === 1 && notifications().length === 2 * ENTRIES);
    link.cut();
  });

  it('a session that comes back under the new epoch is told that everything may be a repetition', async () => {
    const link = await begin();
    const welcome = frames.find(({ event }) => event === 'welcome') as Frame<Welcome>;
    const { session } = welcome.data;
    const epoch = notifications()[0]?.epoch ?? '';
    link.cut();
    await until(async () => (await rig.store.find([session]))[0]?.state === 'suspended');
    const next = await rig.log.renumber({ name: name(), head: ENTRIES, landmark: await replaceLast() }, epoch);
    const again = connect(session);
    await until(() => notifications().length === ENTRIES);
    expect(notifications().every((one) => one.epoch === next && one.attempt === 2)).toBe(true);
    again.cut();
  });
});
