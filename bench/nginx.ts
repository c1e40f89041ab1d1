// Measures distribution and cost of nginx, with its own Redis, nodes and nginx. The figures depend
// on the machine. node --import tsx bench/nginx.ts [--part distribution
// cost] [--seconds 5] [--rounds 3] [--lanes 64]
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FrameSocket } from '../test/support/frame-socket.js';
import { type NginxNode, type NginxSettings, STRATEGIES } from '../test/support/nginx-files.js';
import { NginxRig } from '../test/support/nginx-rig.js';
import { PostriderRig } from '../test/support/postrider-rig.js';
import { RestClient } from '../test/support/rest-client.js';
import { until } from '../test/support/wait.js';

const { values: options } = parseArgs({
  options: {
    part: { type: 'string', default: 'all' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    lanes: { type: 'string', default: '64' },
  },
});
const SECONDS = Number(options.seconds);
const ROUNDS = Number(options.rounds);
const LANES = Number(options.lanes);
const NODES = 3;
const REQUESTS = 600;
const SOCKETS = 60;
const NETWORKS = 60;

interface Rate {
  count: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const rig = await PostriderRig.start({ nodes: NODES, env: { NODE_ENV: 'production', LOG_LEVEL: 'warn' } });
try {
  if (options.part !== 'cost') await distribution();
  if (options.part !== 'distribution') await cost();
} finally {
  await rig.close();
}
process.exit(0);

/** Measures how many requests and sockets each node gets. */
async function distribution(): Promise<void> {
  console.log(`distribution over ${NODES} nodes: ${REQUESTS} requests one after the other, ${SOCKETS} sockets`);
  for (const strategy of STRATEGIES) await shares(strategy, { strategy });
  await shares('least-conn, weights 3:1, third a backup', {}, [{ weight: 3 }, {}, { backup: true }]);
  await shares('least-conn, after node 3 has lost its sockets', {}, [], true);
  await shares('round-robin, after node 3 has lost its sockets', { strategy: 'round-robin' }, [], true);
  await shares('least-conn, one group for both, after that', { set: { proxy_pass: 'http://sockets' } }, [], true);
}

async function shares(
  name: string,
  settings: Partial<NginxSettings>,
  of: readonly Partial<NginxNode>[] = [],
  restarts = false,
): Promise<void> {
  const nodes = rig.servers.map(({ port }, index) => ({ port, ...of[index] }));
  const nginx = await NginxRig.start({ nodes, trusts: '127.0.0.1', ...settings });
  let sockets: FrameSocket[] = [];
  const open = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const headers = { 'x-forwarded-for': `10.2.${n % NETWORKS}.1` };
      const socket = await rig.socketAt(nginx.socketUrl, `user-${n}`, { headers });
      await socket.welcome();
      sockets.push(socket);
    }
  };
  await open(SOCKETS);
  if (restarts) {
    await rig.server(2).restart();
    await until(() => sockets.some(({ closeCode }) => closeCode !== undefined));
    sockets = sockets.filter(({ closeCode }) => closeCode === undefined);
    await open(SOCKETS / NODES / 2);
  }
  const rest = new RestClient(nginx.url, rig.apiKey);
  for (let n = 0; n < REQUESTS; n += 1) {
    await rest.get('/v1/topics/bench', { headers: { 'x-forwarded-for': `10.2.${n % NETWORKS}.1` } });
  }
  const welcomed = sockets.map((socket) => socket.all<{ node: string }>('welcome')[0]?.node);
  const count = (node: number): number => welcomed.filter((name) => name === `node-${node}`).length;
  const answered = await until(async () => {
    const lines = (await nginx.accesses()).filter(({ path }) => path === '/v1/topics/bench');
    return lines.length === REQUESTS && lines;
  });
  const asked = rig.servers.map(({ port }) => answered.filter((line) => line.nodes.endsWith(`:${port}`)).length);
  console.log(`  ${name}: requests ${asked.join(' / ')}, sockets ${rig.servers.map((_, n) => count(n)).join(' / ')}`);
  for (const socket of sockets) socket.cut();
  await nginx.stop();
}

/** Measures POSTs to one node, alternately direct and through nginx. */
async function cost(): Promise<void> {
  const nginx = await NginxRig.start({ nodes: [{ port: rig.server().port }] });
  const ways = { direct: rig.server().url, 'through nginx': nginx.url };
  const rates = new Map<string, Rate[]>(Object.keys(ways).map((way) => [way, []]));
  await load(ways.direct, 2);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [way, url] of Object.entries(ways)) rates.get(way)?.push(await load(url, SECONDS));
  }
  console.log(`keyed POSTs to one node, ${LANES} in flight, ${ROUNDS} rounds of ${SECONDS} s in turns`);
  const posts = (rates.get('through nginx') ?? []).reduce((sum, { count }) => sum + count, 0);
  console.log(`  nginx: ${Math.round((workersCpuMs(nginx) / posts) * 1_000)} µs of CPU each`);
  for (const [way, all] of rates) console.log(`  ${way}: ${all.map(told).join('; ')}`);
  const total = (way: string): number => (rates.get(way) ?? []).reduce((sum, { perSecond }) => sum + perSecond, 0);
  console.log(`  through nginx : direct = ${(total('through nginx') / total('direct')).toFixed(2)}`);
  await nginx.stop();
}

/**
 * Returns the CPU time of the workers so far (proc(5), fields 14 and 15, in hundredths of a
 * second).
 */
function workersCpuMs({ dir }: NginxRig): number {
  const master = readFileSync(join(dir, 'nginx.pid'), 'utf8').trim();
  const workers = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').split(' ').filter(Boolean);
  const ticks = workers.map((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []);
  return ticks.reduce((sum, fields) => sum + Number(fields[11]) + Number(fields[12]), 0) * 10;
}

function told({ perSecond, p50Ms, p99Ms }: Rate): string {
  return `${Math.round(perSecond)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
}

async function load(url: string, seconds: number): Promise<Rate> {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const tookMs: number[] = [];
  const began = performance.now();
  const lane = async (number: number): Promise<void> => {
    for (let n = 0; performance.now() - began < seconds * 1_000; n += 1) {
      const sentAt = performance.now();
      await post(url, agent, `${began}-${number}-${n}`, `user-${(number * 31 + n) % 1_000}`);
      tookMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  const perSecond = (tookMs.length / (performance.now() - began)) * 1_000;
  agent.destroy();
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { count: tookMs.length, perSecond, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function post(url: string, agent: Agent, key: string, user: string): Promise<void> {
  const body = JSON.stringify({ to: { user }, type: 'bench', data: 'x'.repeat(100), ack: 'none' });
  const headers = {
    authorization: `Bearer ${rig.apiKey}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'idempotency-key': key,
  };
  return new Promise((resolve, reject) => {
    const call = request(`${url}/v1/notifications`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode === 202 ? resolve() : reject(new Error(`answered ${answer.statusCode}`)),
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}
