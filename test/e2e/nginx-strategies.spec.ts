import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameSocket } from '../support/frame-socket.js';
import type { NginxNode, Strategy } from '../support/nginx-files.js';
import { type Access, NginxRig } from '../support/nginx-rig.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RestClient } from '../support/rest-client.js';
import { until } from '../support/wait.js';

const NODES = 3;

describe('nginx chooses a node', () => {
  let rig: PostriderRig;
  let nginx: NginxRig | undefined;
  let sockets: FrameSocket[] = [];
  let rounds = 0;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: NODES });
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.cut();
    await nginx?.stop();
  });

  afterAll(() => rig?.close());

  const nodes = (...of: readonly Partial<NginxNode>[]): NginxNode[] =>
    rig.servers.map(({ port }, index) => ({ port, ...of[index] }));

  async function start(strategy: Strategy, of: readonly Partial<NginxNode>[] = [], trusts?: string): Promise<void> {
    nginx = await NginxRig.start({ strategy, nodes: nodes(...of), ...(trusts && { trusts }) });
  }

  /** Sends `count` requests and returns how many each node answered. */
  async function shares(count: number, headers: Record<string, string> = {}): Promise<number[]> {
    const path = `/v1/topics/round-${(rounds += 1)}`;
    const rest = new RestClient(nginx!.url, rig.apiKey);
    for (let n = 0; n < count; n += 1) await rest.get(path, { headers });
    const asked = async (): Promise<Access[]> => (await nginx!.accesses()).filter((access) => access.path === path);
    await until(async () => (await asked()).length === count, { what: `${count} lines in the access log` });
    // With several nodes, the last one answered.
    const answered = (await asked()).map(({ nodes }) => nodes.split(', ').at(-1));
    return rig.servers.map(({ port }) => answered.filter((node) => node === `127.0.0.1:${port}`).length);
  }

  /** Opens `count` sockets, one after another, and returns how many each node got. */
  async function open(count: number): Promise<number[]> {
    const names: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const socket = await rig.socketAt(nginx!.socketUrl, `user-${sockets.length}`);
      sockets.push(socket);
      names.push((await socket.welcome()).node);
    }
    return rig.servers.map((_, index) => names.filter((name) => name === `node-${index}`).length);
  }

  it('by round robin, evenly', async () => {
    await start('round-robin');
    expect(await shares(300)).toEqual([100, 100, 100]);
    expect(await open(30)).toEqual([10, 10, 10]);
  });

  it('by weight: 3 to 1', async () => {
    await start('round-robin', [{ weight: 3 }, { weight: 1 }, { backup: true }]);
    expect(await shares(200)).toEqual([150, 50, 0]);
    expect(await open(40)).toEqual([30, 10, 0]);
  });

  it('by least connections: a node that lost its sockets gets the new ones, and requests stay even', async () => {
    await start('least-conn');
    expect(await open(30)).toEqual([10, 10, 10]);
    await rig.server(2).restart();
    sockets = sockets.filter((socket) => socket.closeCode === undefined);
    expect(sockets).toHaveLength(20);
    expect(await open(10)).toEqual([0, 0, 10]);
    for (const share of await shares(300)) expect(share).toBeGreaterThan(80);
  });

  it('by round robin even if a node has lost its sockets', async () => {
    await start('round-robin');
    await open(30);
    await rig.server(2).restart();
    const [first = 0, second = 0, third = 0] = await open(12);
    expect(Math.max(first, second, third) - Math.min(first, second, third)).toBeLessThanOrEqual(1);
  });

  it('by least connections and weight: sockets 3 to 1', async () => {
    await start('least-conn', [{ weight: 3 }, { weight: 1 }, { backup: true }]);
    expect(await open(40)).toEqual([30, 10, 0]);
  });

  it('by IP hash: one address, one node; many addresses, all nodes', async () => {
    await start('ip-hash', [], '127.0.0.1');
    const from = (network: number): Promise<number[]> => shares(5, { 'x-forwarded-for': `10.1.${network}.7` });
    const totals = [0, 0, 0];
    for (let network = 0; network < 60; network += 1) {
      const of = await from(network);
      expect(of.toSorted((a, b) => a - b)).toEqual([0, 0, 5]);
      of.forEach((share, index) => (totals[index] = (totals[index] ?? 0) + share));
    }
    for (const share of totals) expect(share).toBeGreaterThan(30);
    await rig.server(1).kill();
    const again = await from(1);
    expect(again[1]).toBe(0);
    expect(again[0]! + again[2]!).toBe(5);
    await rig.server(1).restart();
  });

  it('so that the backup serves only while all others are down', async () => {
    await start('least-conn', [{}, {}, { backup: true }]);
    expect((await shares(60))[2]).toBe(0);
    await rig.server(0).kill();
    expect(await shares(30)).toEqual([0, 30, 0]);
    await rig.server(1).kill();
    expect(await shares(30)).toEqual([0, 0, 30]);
    await Promise.all([rig.server(0).restart(), rig.server(1).restart()]);
    await until(async () => (await shares(10))[2] === 0, { what: 'the backup is spared again' });
  });
});
