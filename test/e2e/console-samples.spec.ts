import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsoleClient } from '../support/console-client.js';
import type { FrameSocket } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const ADMIN_KEY = 'an-admin-key-of-the-test';
const TOPIC = 'system.samples';

interface Sample {
  node?: string;
  at: number;
  startedAt: number;
  totals: { accepted: number; delivered: number; acked: number };
  timeToAck: { le: (number | null)[]; counts: number[] };
  connections: number;
}

describe('samples', () => {
  let rig: PostriderRig;
  let watcher: ConsoleClient;

  beforeAll(async () => {
    const env = { SAMPLE_MS: '200', SWEEP_MS: '200', ADMIN_KEYS: `ada:${ADMIN_KEY}` };
    rig = await PostriderRig.start({ nodes: 2, env });
    const { console } = await ConsoleClient.signIn(rig.server().url, ADMIN_KEY);
    if (!console) throw new Error('not signed in');
    watcher = console;
  });

  afterAll(() => rig?.close());

  const watch = async (rewind?: number): Promise<FrameSocket> => {
    const socket = await rig.bareSocket({ node: 1, token: await watcher.token() });
    await socket.welcome();
    const answer = await socket.request('subscribe', { topic: TOPIC, ...(rewind && { rewind }) }, 1);
    expect(answer.event).toBe('subscribed');
    return socket;
  };
  const samples = (socket: FrameSocket, type: string): Sample[] =>
    socket.notifications(TOPIC).flatMap((note) => (note.type === type ? [note.data as Sample] : []));

  it('come from every node over a real socket, earlier ones by rewind', async () => {
    const before = await until(async () => {
      const { body } = await watcher.call<{ head: number }>('GET', `/v1/topics/${TOPIC}`, 'postrider.system');
      return body.head >= 6 && body.head;
    });
    const socket = await watch(5_000);
    await until(() => socket.notifications(TOPIC).length > before, { what: 'old samples and new ones' });
    expect(socket.notifications(TOPIC)[0]?.offset).toBe(1);
    const nodes = samples(socket, 'node.sample');
    expect(new Set(nodes.map(({ node }) => node))).toEqual(new Set(['node-0', 'node-1']));
    expect(nodes.at(-1)).toMatchObject({
      roles: ['api', 'gateway', 'worker'],
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      startedAt: expect.any(Number),
      rssBytes: expect.any(Number),
      cpuSeconds: expect.any(Number),
    });
    // Counters are only compared between samples of one process.
    const starts = nodes.map(({ node, startedAt }) => `${node} ${startedAt}`);
    expect(new Set(starts).size).toBe(2);
    const { le = [], counts = [] } = nodes.at(-1)?.timeToAck ?? {};
    expect([le.at(-1), le.length]).toEqual([null, counts.length]);
    const cluster = await until(() => samples(socket, 'installation.sample').at(-1));
    expect(cluster).toMatchObject({
      redis: { mode: 'standalone', role: 'master', evictionPolicy: expect.any(String), usedBytes: expect.any(Number) },
      queues: [{ name: 'guard', paused: false }, { name: 'release' }, { name: 'sweep' }],
      deadLetters: 0,
      oldestUnackedMs: null,
      books: { accepted: 0, pending: 0, difference: 0 },
    });
    socket.cut();
  });

  it('describe the installation once, however many workers there are', async () => {
    const socket = await watch(5_000);
    await until(() => samples(socket, 'installation.sample').length >= 10);
    // Some workers may be slower than others.
    const times = samples(socket, 'installation.sample')
      .map(({ at }) => at)
      .toSorted((a, b) => a - b);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(100);
    socket.cut();
  });

  it('show what was accepted and acknowledged, and are not counted themselves', async () => {
    const socket = await watch();
    const ada = await rig.client('ada').open();
    await rig.rest().notify({ to: { user: 'ada' }, type: 'greeting', data: 1 });
    await until(() => ada.handledCount === 1);
    const total = (field: keyof Sample['totals']): number => {
      const last = new Map(samples(socket, 'node.sample').map((sample) => [sample.node, sample.totals[field]]));
      return [...last.values()].reduce((sum, value) => sum + value, 0);
    };
    await until(() => total('acked') === 1, { what: 'the ack is told' });
    expect([total('accepted'), total('delivered')]).toEqual([1, 1]);
    expect(await rig.rest(0).metric('postrider_accepted_total')).toBe(1);
    expect(await rig.rest().books()).toMatchObject({ accepted: 1, acked: 1, pending: 0, difference: 0 });
    const own = await watcher.call('GET', '/v1/books', 'postrider.system');
    expect(own.body).toMatchObject({ pending: 0, difference: 0 });
    socket.cut();
  });

  it('come from processes of every role', async () => {
    const roles = ['api', 'gateway', 'worker'];
    for (const role of roles) await rig.addServer(`only-${role}`, { ROLES: role });
    const socket = await watch();
    const heard = (): Set<string | undefined> => new Set(samples(socket, 'node.sample').map(({ node }) => node));
    await until(() => roles.every((role) => heard().has(`only-${role}`)), { what: 'samples of each role' });
    socket.cut();
  });

  it('cannot be read with the token of a user', async () => {
    const socket = await rig.socket('eve', { claims: { topics: ['*'] } });
    await socket.request('subscribe', { topic: TOPIC }, 1);
    const { body } = await rig.rest().get<{ head: number }>(`/v1/topics/${TOPIC}`);
    expect(body.head).toBe(0);
    await expect(rig.socket('eve', { claims: { app: 'postrider.system' } })).rejects.toThrow('refused with 401');
  });
});
