import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLedger } from '../support/ledger-checker.js';
import type { NginxSettings } from '../support/nginx-files.js';
import { NginxRig } from '../support/nginx-rig.js';
import { PostLoad } from '../support/post-load.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import type { ReferenceClient } from '../support/reference-client.js';
import { RestClient } from '../support/rest-client.js';
import { inLanes, until } from '../support/wait.js';

const NODES = 3;
const LANES = 12;
const USERS = 30;

describe('behind nginx', () => {
  let rig: PostriderRig;
  let nginx: NginxRig;
  let load: PostLoad | undefined;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: NODES });
  });

  afterEach(async () => {
    await load?.stop();
    await nginx?.stop();
  });

  afterAll(() => rig?.close());

  const start = async (set: Record<string, string> = {}, other: Partial<NginxSettings> = {}): Promise<void> => {
    nginx = await NginxRig.start({ nodes: rig.servers.map(({ port }) => ({ port })), set, ...other });
  };
  const startLoad = (options: { keyed: boolean; keepAlive?: boolean }): PostLoad =>
    (load = PostLoad.start({ url: nginx.url, apiKey: rig.apiKey, lanes: LANES, ...options }));
  const askedTwice = async (): Promise<number> =>
    (await nginx.accesses()).filter(({ nodes }) => nodes.includes(',')).length;

  it.each([
    ['as long as shipped', undefined],
    ['longer than it takes to be back', '60s'],
  ])(
    'nodes killed one after the other fail no POST that has a key, where each is left alone %s',
    async (_, failTimeout) => {
      await start({}, { ...(failTimeout && { failTimeout }) });
      const posts = startLoad({ keyed: true });
      for (let round = 0; round < 3; round += 1) {
        await posts.further(150);
        await rig.server(round).kill();
        await posts.further(150);
        await rig.server(round).restart();
      }
      await posts.stop();
      expect(posts.failures).toEqual([]);
      expect(await askedTwice()).toBeGreaterThan(0);
    },
  );

  it('only POSTs without a key that are in progress at a failed node fail, as unknown', async () => {
    await start();
    const posts = startLoad({ keyed: false });
    await posts.further(150);
    await rig.server(0).kill();
    await posts.further(150);
    await rig.server(0).restart();
    await posts.stop();
    expect(posts.failures.length).toBeLessThanOrEqual(LANES);
    for (const failure of posts.failures) expect(failure).toEqual({ status: 503, code: 'no_answer' });
  });

  it('a node that hangs fails no POST that has a key', async () => {
    await start({ proxy_read_timeout: '1s' });
    const posts = startLoad({ keyed: true });
    await posts.further(100);
    rig.server(1).signal('SIGSTOP');
    await until(async () => (await askedTwice()) > 0);
    rig.server(1).signal('SIGCONT');
    await posts.stop();
    expect(posts.failures).toEqual([]);
    expect(await askedTwice()).toBeGreaterThan(0);
  });

  it.each([true, false])('nodes that stop one after the other fail no POST (keyed: %s)', async (keyed) => {
    await start();
    const posts = startLoad({ keyed });
    for (const server of rig.servers) {
      await posts.further(150);
      expect(await server.stop()).toEqual({ code: 0, signal: null });
      await server.restart();
    }
    await posts.further(150);
    await posts.stop();
    expect(posts.failures).toEqual([]);
  });

  it('sockets come back however many nodes are killed, one after the other', async () => {
    await start();
    const clients = await open('kills');
    for (const server of rig.servers) {
      await server.kill();
      await server.restart();
    }
    await until(() => clients.every(({ state }) => state === 'open'), { timeoutMs: 20_000 });
    await publish('kills', clients, 1);
    await until(() => clients.every(({ handledCount }) => handledCount === 1));
    expectAllKept();
  });

  it('a reload fails no POST and cuts sockets only when the time of the old workers is over', async () => {
    await start({ worker_shutdown_timeout: '3s' });
    const clients = await open('reload');
    const posts = startLoad({ keyed: true, keepAlive: false });
    await posts.further(100);
    await nginx.reload({ strategy: 'round-robin' });
    await posts.further(100);
    expect(await nginx.leaving()).toBeGreaterThan(0);
    expect(clients.every(({ connections }) => connections === 1)).toBe(true);
    await posts.stop();
    expect(posts.failures).toEqual([]);
    await publish('reload', clients, 5);
    await until(async () => (await nginx.leaving()) === 0, { what: 'the old workers have gone' });
    await publish('reloaded', clients, 5);
    await until(() => clients.every(({ handledCount }) => handledCount === 10), { timeoutMs: 20_000 });
    expect(clients.every(({ connections }) => connections >= 2)).toBe(true);
    expectAllKept();
  });

  it('after nginx itself is killed, its clients come back and nothing is lost', async () => {
    await start();
    const clients = await open('killed');
    const publishing = publish('killed', clients, 20);
    await until(() => clients.some(({ handledCount }) => handledCount > 2));
    await nginx.kill();
    await until(() => clients.some(({ state }) => state === 'waiting'));
    await nginx.restart();
    await publishing;
    await until(() => clients.every(({ handledCount }) => handledCount === 20), { timeoutMs: 30_000 });
    expect(clients.every(({ connections }) => connections >= 2)).toBe(true);
    expectAllKept();
  });

  async function open(name: string): Promise<ReferenceClient[]> {
    const users = Array.from({ length: USERS }, (_, index) => `${name}-${index}`);
    return Promise.all(users.map((user) => rig.client(user, { url: nginx.socketUrl }).open()));
  }

  async function publish(name: string, clients: readonly ReferenceClient[], rounds: number): Promise<void> {
    const publisher = new Publisher([new RestClient(nginx.url, rig.apiKey)], rig.ledger);
    await inLanes(clients, LANES, async ({ user = '' }) => {
      for (let n = 0; n < rounds; n += 1)
        await publisher.publish({ to: { user }, type: 'note', data: { n } }, `${name}/${user}/${n}`);
    });
  }

  function expectAllKept(): void {
    expect(checkLedger(rig.ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
    expect(rig.ledger.left.size).toBe(0);
  }
});
