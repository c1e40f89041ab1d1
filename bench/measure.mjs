// Measures a running server: acked unicast, fan-out, idle connections. Figures are of this machine and this moment.
// node bench/measure.mjs --url http://127.0.0.1:3000 --key <api key> --secret <JWT_SECRET> --pid <server> --redis-pid <redis> [--seconds 10]
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    key: { type: 'string' },
    secret: { type: 'string' },
    pid: { type: 'string' },
    'redis-pid': { type: 'string' },
    seconds: { type: 'string', default: '10' },
    users: { type: 'string', default: '1000' },
    idle: { type: 'string', default: '10000' },
  },
});
const { url, key, secret } = options;
if (!key || !secret) throw new Error('--key and --secret are needed');
const SECONDS = Number(options.seconds);
const USERS = Number(options.users);
const IN_FLIGHT = 128;
const TICKS_PER_SECOND = 100;

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function token(user) {
  const body = `${encode({ alg: 'HS256' })}.${encode({ sub: user, exp: Math.floor(Date.now() / 1000) + 3600, topics: ['*'] })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
function post(path, body) {
  const text = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    const call = request(`${url}${path}`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    call.on('error', reject);
    call.end(text);
  });
}

/** CPU seconds of a process so far (proc(5), fields 14 and 15). */
function cpu(pid) {
  if (!pid) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
const rssKiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
const snapshot = () => ({
  at: performance.now(),
  server: cpu(options.pid),
  redis: cpu(options['redis-pid']),
  own: process.cpuUsage(),
});
function spent(before, messages) {
  const after = snapshot();
  const seconds = (after.at - before.at) / 1000;
  const own = process.cpuUsage(before.own);
  return {
    perSecond: Math.round(messages / seconds),
    serverCpuMicros: Math.round(((after.server - before.server) / messages) * 1e7) / 10,
    redisCpuMicros: Math.round(((after.redis - before.redis) / messages) * 1e7) / 10,
    generatorShare: Math.round(((own.user + own.system) / 1e6 / seconds) * 100) / 100,
  };
}

function connect(user, topic, onNotification) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, ['postrider.v1', `bearer.${token(user)}`], {
      perMessageDeflate: false,
    });
    let waiting = topic ? 3 : 2;
    socket.on('error', reject);
    socket.on('message', (message) => {
      const { event, data } = JSON.parse(message.toString());
      if (event === 'notification') {
        socket.send(`{"event":"ack","data":{"topic":"${data.topic}","offset":${data.offset}}}`);
        onNotification?.(data);
      } else if (event === 'ping') socket.send('{"event":"pong"}');
      else if (event === 'welcome' && topic) socket.send(JSON.stringify({ event: 'subscribe', data: { topic } }));
      else if (event === 'subscribed' && --waiting === 0) resolve(socket);
    });
  });
}

async function connectAll(count, make, atOnce = 100) {
  const sockets = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(atOnce, count - sockets.length) }, (_, i) => make(sockets.length + i));
    sockets.push(...(await Promise.all(some)));
  }
  return sockets;
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const until = (check) =>
  new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!check()) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
const closeAll = (sockets) =>
  Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve) => {
          socket.on('close', resolve);
          socket.close();
        }),
    ),
  );

async function unicast(batch) {
  let received = 0;
  let sent = 0;
  const latencies = [];
  const data = 'x'.repeat(100);
  const sockets = await connectAll(USERS, (i) =>
    connect(`user-${i}`, undefined, ({ data: { at } }) => {
      received++;
      latencies.push(performance.now() - at);
    }),
  );
  const note = () => ({ to: { user: `user-${sent++ % USERS}` }, type: 'bench', data: { at: performance.now(), data } });
  const run = async (milliseconds) => {
    const deadline = performance.now() + milliseconds;
    const lanes = Array.from({ length: batch > 1 ? 8 : IN_FLIGHT }, async () => {
      while (performance.now() < deadline) {
        if (batch > 1) await post('/v1/notifications/batch', { notifications: Array.from({ length: batch }, note) });
        else await post('/v1/notifications', note());
      }
    });
    await Promise.all(lanes);
    await until(() => received === sent);
  };
  await run(2000);
  [received, sent, latencies.length] = [0, 0, 0];
  const before = snapshot();
  await run(SECONDS * 1000);
  const result = spent(before, received);
  latencies.sort((a, b) => a - b);
  console.log(batch > 1 ? `unicast, batches of ${batch}` : 'unicast, single POSTs', {
    ...result,
    p50Ms: Math.round(percentile(latencies, 0.5) * 10) / 10,
    p99Ms: Math.round(percentile(latencies, 0.99) * 10) / 10,
  });
  await closeAll(sockets);
}

async function fanOut(subscribers, inFlight) {
  let received = 0;
  let published = 0;
  const topic = `public.bench-${subscribers}-${inFlight}`;
  const sockets = await connectAll(subscribers, (i) => connect(`user-${i}`, topic, () => received++));
  const before = snapshot();
  const deadline = performance.now() + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < deadline) {
        await post('/v1/notifications', { to: { topic }, type: 'bench', data: 'x'.repeat(100) });
        published++;
        await until(() => received >= (published - inFlight + 1) * subscribers);
      }
    }),
  );
  await until(() => received >= published * subscribers);
  console.log(`fan-out to ${subscribers}, ${inFlight} in flight`, spent(before, received));
  await closeAll(sockets);
}

async function idle(count) {
  const rssBefore = rssKiB(options.pid);
  const began = snapshot();
  const sockets = await connectAll(count, (i) => connect(`idle-${i}`), 200);
  const handshakes = spent(began, count);
  console.log(`${count} idle connections`, {
    handshakes,
    rssKiBEach: Math.round(((rssKiB(options.pid) - rssBefore) / count) * 10) / 10,
  });
  for (const socket of sockets) socket.terminate();
}

await unicast(1);
await unicast(100);
await fanOut(1000, 1);
await fanOut(1000, 4);
if (options.pid) await idle(Number(options.idle));
agent.destroy();
process.exit(0);
