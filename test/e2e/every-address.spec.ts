import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { RedisRig } from '../support/redis-rig.js';
import { ServerChild } from '../support/server-child.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);

describe('a server that listens on every address', () => {
  let redis: RedisRig;

  beforeAll(async () => {
    redis = await RedisRig.start();
  });

  afterAll(() => redis?.stop());

  it('is reached over IPv6 and IPv4', async () => {
    const port = await freePort();
    const adminPort = await freePort();
    const env = { PORT: `${port}`, HOST: '::', ADMIN_PORT: `${adminPort}`, ADMIN_HOST: '::', REDIS_URL: redis.url };
    const server = ServerChild.spawn(env);
    try {
      for (const host of [`[::1]:${port}`, `127.0.0.1:${port}`, `[::1]:${adminPort}`, `127.0.0.1:${adminPort}`]) {
        await until(async () => (await fetch(`http://${host}/health/live`)).ok, { what: `an answer of ${host}` });
      }
    } finally {
      await server.kill();
    }
  });

  it('is reached over IPv4 if IPv6 is switched off', async () => {
    const script = `
      const { listenHost } = await import('./dist/http/listen-host.js');
      const server = (await import('node:http')).createServer((_, response) => response.end('reached'));
      server.listen(3000, await listenHost('::'), async () => {
        console.log(await (await fetch('http://127.0.0.1:3000/')).text());
        process.exit();
      });`;
    const off = 'net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.lo.disable_ipv6=1';
    const command = `ip link set lo up && sysctl -qw ${off} && exec "$0" --input-type=module -e "$1"`;
    const { stdout } = await run('unshare', ['-rn', 'sh', '-c', command, process.execPath, script]);
    expect(stdout).toBe('reached\n');
  });
});
