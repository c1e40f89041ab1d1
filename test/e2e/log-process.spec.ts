import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Child } from '../support/child-process.js';
import { freePort } from '../support/free-port.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

type Line = Record<string, unknown>;
/** Parses the lines of the log, without the plain text of a process that cannot start. */
const parsed = (log: readonly string[]): Line[] =>
  log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
const linesOf = (log: readonly string[], event: string, fields: Line = {}): Line[] =>
  parsed(log).filter(
    (line) => line['event'] === event && Object.entries(fields).every(([name, value]) => line[name] === value),
  );

describe('the log of a process', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 0, redis: { appendOnly: true } });
  });

  afterAll(() => rig?.close());

  it('records its start, what it waits for, and its end', async () => {
    const server = await rig.addServer('node-0', { LOG_EVENTS_PER_SECOND: '3' });
    const { log } = server;
    const [loaded] = linesOf(log, 'config_loaded');
    expect(loaded).toMatchObject({ level: 'info', roles: ['api', 'gateway', 'worker'] });
    expect(loaded?.['settings']).toEqual(expect.arrayContaining(['API_KEYS', 'JWT_SECRET', 'REDIS_URL', 'NODE_ID']));
    expect(linesOf(log, 'server_listening')).toMatchObject([{ port: server.port, pid: server.pid }]);
    expect(linesOf(log, 'redis_unsafe')).toHaveLength(1);

    const socket = await rig.socket('ann');
    await socket.welcome();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(linesOf(log, 'drain_began')).toMatchObject([{ sockets: 1, perSecond: expect.any(Number) }]);
    expect(linesOf(log, 'drained')).toMatchObject([{ sockets: 1, ms: expect.any(Number) }]);
    expect(parsed(log).filter(({ level }) => level === 'debug')).toEqual([]);
  });

  it('records each loss and return of a Redis connection once', async () => {
    const server = await rig.addServer('node-1');
    await rig.redis.kill();
    await until(() => linesOf(server.log, 'redis_lost', { connection: 'commit' }).length > 0);
    await rig.redis.restart();
    await until(() => linesOf(server.log, 'redis_back', { connection: 'commit' }).length > 0);
    await server.ready();
    for (const { connection } of linesOf(server.log, 'redis_back')) {
      expect(linesOf(server.log, 'redis_lost', { connection })).toMatchObject([
        { level: 'warn', error: expect.any(String) },
      ]);
    }
    await server.stop();
  });

  it('limits a flood and says how many lines it left out', async () => {
    const server = await rig.addServer('node-2', { LOG_EVENTS_PER_SECOND: '3' });
    const rest = rig.rest(rig.servers.indexOf(server));
    await Promise.all(Array.from({ length: 30 }, () => rest.get('/v1/sessions')));
    await until(
      async () => {
        await rest.get('/v1/sessions');
        return linesOf(server.log, 'events_dropped').length > 0;
      },
      { everyMs: 100 },
    );
    const told = linesOf(server.log, 'events_dropped', { dropped: 'request_refused' });
    expect(told[0]).toMatchObject({ level: 'warn', count: expect.any(Number) });
    expect(await rest.metric('postrider_log_events_dropped_total')).toBeGreaterThanOrEqual(Number(told[0]?.['count']));
    await server.stop();
  });

  it('records the fault that ends it in one line', async () => {
    const child = await application(`
      await bootstrap(Config.from());
      void Promise.reject(Object.assign(new RangeError('broken'), { command: { args: ['planted'] } }));`);
    expect(await child.exited).toEqual({ code: 1, signal: null });
    const err = { type: 'RangeError', message: 'broken', stack: expect.any(String) };
    expect(linesOf(child.lines, 'server_crashed')).toMatchObject([{ level: 'fatal', node: 'node-3', err }]);
    expect(child.lines.join()).not.toContain('planted');
  });

  it('records that it did not close in time', async () => {
    const child = await application(`
      class Hanging { onApplicationShutdown() { return new Promise(() => setInterval(() => undefined, 1_000)); } }
      await bootstrap(Config.from(), { imports: [Hanging] });`);
    await until(() => linesOf(child.lines, 'server_listening').length > 0, { timeoutMs: 40_000 });
    expect(await child.end('SIGTERM')).toEqual({ code: 1, signal: null });
    expect(linesOf(child.lines, 'shutdown_overdue')).toMatchObject([{ level: 'error', withinMs: 5_002 }]);
  });

  it('records several processes: ready, replaced, restarted, ended', async () => {
    const server = await rig.addServer('host', { PROCESSES: '2', BOOT_REDIS_WAIT_MS: '6000' });
    const { log } = server;
    await until(() => linesOf(log, 'processes_ready').length > 0, { timeoutMs: 40_000 });
    expect(linesOf(log, 'processes_ready')).toMatchObject([{ node: 'host', processes: 2 }]);
    const { pid } = linesOf(log, 'server_listening', { node: 'host-1' })[0] ?? {};
    process.kill(Number(pid), 'SIGKILL');
    await until(() => linesOf(log, 'server_listening', { node: 'host-1' }).length === 2, { timeoutMs: 40_000 });
    const replaced = { level: 'error', process: 'host-1', pid, exitSignal: 'SIGKILL', retryMs: expect.any(Number) };
    expect(linesOf(log, 'process_replaced')).toMatchObject([replaced]);
    server.signal('SIGHUP');
    await until(() => linesOf(log, 'restart_ended').length > 0, { timeoutMs: 60_000 });
    expect(linesOf(log, 'restart_began')).toHaveLength(1);
    await rig.redis.kill();
    server.signal('SIGHUP');
    await until(() => linesOf(log, 'restart_failed').length > 0, { timeoutMs: 60_000 });
    await rig.redis.restart();
    await server.ready();
    expect(await server.stop(40_000)).toEqual({ code: 0, signal: null });
    expect(linesOf(log, 'processes_ended')).toMatchObject([{ level: 'info', well: true }]);
  });

  it('records that a process did not start', async () => {
    const port = await freePort();
    const away = { REDIS_URL: `redis://127.0.0.1:${port}`, PROCESSES: '2', BOOT_REDIS_WAIT_MS: '500' };
    const told: unknown = await rig.addServer('lost', away).catch((error: unknown) => error);
    expect(String(told)).toContain('"event":"process_unready"');
  });

  /** Runs a program with the build's `bootstrap` and `Config`. */
  async function application(program: string): Promise<Child> {
    const { href: bootstrap } = new URL('../../dist/bootstrap.js', import.meta.url);
    const { href: config } = new URL('../../dist/config/config.js', import.meta.url);
    const imports = `import { bootstrap } from '${bootstrap}'; import { Config } from '${config}';`;
    const env = {
      NODE_ENV: 'test',
      REDIS_URL: rig.redis.url,
      API_KEYS: 'main:a:key',
      JWT_SECRET: rig.tokens.secret,
      NODE_ID: 'node-3',
      HOST: '127.0.0.1',
      PORT: String(await freePort()),
      DRAIN_MS: '1',
    };
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const args = ['--input-type=module', '--eval', imports + program];
    return Child.spawn(process.execPath, args, { cwd, env: { PATH: process.env['PATH'], ...env } });
  }
});
