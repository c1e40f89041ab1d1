import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import type { ReferenceClient } from '../support/reference-client.js';
import { ServerRig } from '../support/server-rig.js';
import { inLanes, until } from '../support/wait.js';

const PROCESSES = 3;
const USERS = 60;
const LANES = 6;
const FAULTLESS = { lost: [], phantom: [], duplicates: [], disorder: [], untold: [] };

interface Line {
  msg?: string;
  node?: string;
  pid?: number;
  level?: string;
  retryMs?: number;
}

const linesOf = ({ log }: ServerRig): Line[] =>
  log.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []));
const said = (server: ServerRig, msg: string): Line[] => linesOf(server).filter((line) => line.msg === msg);

/** Finds the process that serves under a node id, according to the log. */
function pidOf(server: ServerRig, node: string): number {
  const { pid } = said(server, 'Listening').findLast((line) => line.node === node) ?? {};
  if (pid === undefined) throw new Error(`${node} has not told its number`);
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('processes that share a port', () => {
  let rig: PostriderRig;
  let server: ServerRig;
  const clients: ReferenceClient[] = [];
  const nodes = Array.from({ length: PROCESSES }, (_, index) => `host-${index + 1}`);
  let published = 0;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 0 });
    server = await rig.addServer('host', { PROCESSES: String(PROCESSES) });
    await until(() => said(server, 'All processes are ready').length === 1, { timeoutMs: 40_000 });
    const users = Array.from({ length: USERS }, (_, index) => `user-${index}`);
    await inLanes(users, 10, async (user) => {
      clients.push(await rig.client(user).open());
    });
  });

  afterAll(() => rig?.close());

  /** Publishes until `meanwhile` is over, and a little longer. @returns the reasons of retries. */
  async function publishWhile(mark: string, meanwhile: () => Promise<void>): Promise<readonly string[]> {
    const publisher = new Publisher([rig.rest()], rig.ledger);
    const ending = new AbortController();
    const lanes = Array.from({ length: LANES }, (_, lane) => lane);
    const publishing = inLanes(lanes, LANES, async (lane) => {
      for (let n = lane; !ending.signal.aborted; n += LANES) {
        await publisher.publish({ to: { user: `user-${n % USERS}` }, type: 'note' }, `${mark}/${n}`);
      }
    });
    await meanwhile();
    const enough = rig.ledger.publications.length + 100;
    await until(() => rig.ledger.publications.length >= enough, { timeoutMs: 20_000 });
    ending.abort();
    await publishing;
    published = rig.ledger.publications.length;
    return publisher.retries;
  }

  async function expectFaultless(): Promise<void> {
    await until(async () => (await rig.rest().books()).pending === 0, { timeoutMs: 40_000 });
    expect(checkLedger(rig.ledger)).toEqual(FAULTLESS);
    expect(rig.ledger.left.size).toBe(0);
    expect(await rig.rest().books()).toMatchObject({ accepted: published, acked: published, dead: 0, difference: 0 });
  }

  const metric = (name: string): Promise<number> => rig.rest().metric(name);

  it('are separate nodes, each with its share of the sockets', () => {
    for (const node of nodes) {
      const share = clients.filter((client) => client.node === node).length;
      expect(share).toBeGreaterThan(USERS / PROCESSES / 2);
    }
  });

  it('answer for all of them when one is asked for metrics', async () => {
    expect(await publishWhile('quiet', async () => undefined)).toEqual([]);
    await expectFaultless();
    // In parallel, so that different connections reach all processes.
    const asked = Array.from({ length: 3 * PROCESSES }, () => rig.rest().get<string>('/metrics'));
    for (const { body } of await Promise.all(asked)) {
      expect(body).toContain(`\npostrider_accepted_total ${published}\n`);
      expect(body).toContain(`\npostrider_books{app="main",state="acked"} ${published}\n`);
      expect(body).toContain(`\npostrider_processes_ready ${PROCESSES}\n`);
      const connections = [...body.matchAll(/^postrider_connections\{process="(.+)"\} (\d+)$/gm)];
      expect(connections.map(([, process]) => process).toSorted()).toEqual(nodes);
      expect(connections.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(USERS);
      expect(body.match(/^postrider_accept_seconds_count /gm)).toHaveLength(1);
      expect(body).toContain(`\npostrider_time_to_ack_seconds_count{priority="normal",policy="any"} ${published}\n`);
      expect(body).toContain('\npostrider_limit{setting="WS_MAX_CONNECTIONS"} 50000\n');
      expect(body).toMatch(/^postrider_build_info\{.*\} 1$/m);
    }
  });

  it('include a replacement for one that is killed: sessions continue, nothing is lost, counters do not fall', async () => {
    const [node = ''] = nodes;
    const pid = pidOf(server, node);
    const acceptedBefore = await metric('postrider_accepted_total');
    await publishWhile('killed', async () => {
      process.kill(pid, 'SIGKILL');
      await until(() => pidOf(server, node) !== pid, { timeoutMs: 20_000 });
    });
    await expectFaultless();
    expect(isAlive(pid)).toBe(false);
    expect(await metric('postrider_accepted_total')).toBeGreaterThanOrEqual(acceptedBefore);
    expect(await metric('postrider_processes_replaced_total')).toBe(1);
  });

  it('are restarted with longer and longer waits if they keep ending', async () => {
    const node = 'host-2';
    for (const crashes of [1, 2]) {
      const pid = pidOf(server, node);
      process.kill(pid, 'SIGKILL');
      await until(() => pidOf(server, node) !== pid, { timeoutMs: 20_000 });
      expect(said(server, 'Process exited unexpectedly; replacing it')).toHaveLength(1 + crashes);
    }
    const waits = said(server, 'Process exited unexpectedly; replacing it').map(({ retryMs }) => retryMs);
    expect(waits).toEqual([500, 500, 1_000]);
    await until(async () => (await metric('postrider_processes_ready')) === PROCESSES, { timeoutMs: 20_000 });
  });

  it('are restarted one by one on SIGHUP: no request is refused, nothing is lost or shown twice', async () => {
    const pids = nodes.map((node) => pidOf(server, node));
    const acceptedBefore = await metric('postrider_accepted_total');
    const already = published;
    const retries = await publishWhile('restart', async () => {
      server.signal('SIGHUP');
      await until(() => said(server, 'Rolling restart completed').length === 1, { timeoutMs: 60_000 });
    });
    expect(retries).toEqual([]);
    await expectFaultless();
    expect(nodes.map((node) => pidOf(server, node)).filter((pid) => pids.includes(pid))).toEqual([]);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await metric('postrider_accepted_total')).toBe(acceptedBefore + published - already);
    expect(await metric('postrider_closed_total')).toBeGreaterThanOrEqual(USERS);
  });

  it('all drain on SIGTERM, and it ends with 0', async () => {
    const pids = nodes.map((node) => pidOf(server, node));
    const watcher = await rig.socket('watcher');
    await watcher.subscribed('user:watcher');
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect((await watcher.ending()).code).toBe(1012);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(linesOf(server).filter(({ level, msg }) => level === 'error' && !msg?.includes('unexpectedly'))).toEqual([]);
  });
});

describe('processes', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 0 });
  });

  afterAll(() => rig?.close());

  it('drain and end by themselves when their parent is killed', async () => {
    const server = await rig.addServer('orphans', { PROCESSES: '2' });
    await until(() => said(server, 'All processes are ready').length === 1, { timeoutMs: 40_000 });
    const node = rig.servers.indexOf(server);
    const sockets = await Promise.all(['ann', 'ben', 'cid', 'dan'].map((user) => rig.socket(user, { node })));
    await Promise.all(sockets.map((socket) => socket.welcome()));
    const pids = ['orphans-1', 'orphans-2'].map((name) => pidOf(server, name));
    await server.kill();
    for (const socket of sockets) expect((await socket.ending()).code).toBe(1012);
    await until(() => !pids.some(isAlive), { timeoutMs: 20_000 });
  });

  it('are given up if the first ones do not start', async () => {
    const nobody = `redis://127.0.0.1:${await freePort()}`;
    const given = { PROCESSES: '2', REDIS_URL: nobody, BOOT_REDIS_WAIT_MS: '500' };
    const start = ServerRig.start({ env: { ...given, API_KEYS: 'main:test:key', JWT_SECRET: 'secret' } });
    await expect(start).rejects.toMatchObject({
      message: expect.stringContaining('No Redis at'),
      cause: { message: 'ended with {"code":1,"signal":null}' },
    });
  });

  it('are ended by SIGHUP as by SIGTERM if there is only one', async () => {
    const server = await rig.addServer('alone');
    const socket = await rig.socket('eve', { node: rig.servers.indexOf(server) });
    await socket.welcome();
    server.signal('SIGHUP');
    expect((await socket.ending()).code).toBe(1012);
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });
});
