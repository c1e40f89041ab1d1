import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Child } from '../support/child-process.js';
import { freePort } from '../support/free.port.js';
import { type Image, replayImage } from '../support/image-replay.js';
import { RedisRig } from '../support/redis-rig.js';
import { RestClient } from '../support/rest-client.js';
import { until } from '../support/wait.js';

jest.setTimeout(600_000);

const run = promisify(execFile);
const KEY = 'key-of-the-image-spec';
/**
 * Root can act like a container engine: mount the files read-only and become the user of the image.
 */
const IS_ROOT = process.getuid?.() === 0;

describe('the image of docker/Dockerfile, its steps replayed', () => {
  let folder: string;
  let image: Image;
  let app: string;
  let redis: RedisRig;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postrider-image-'));
    await chmod(folder, 0o755);
    redis = await RedisRig.start();
    image = await replayImage(folder);
    app = join(image.root, image.workdir);
  });

  afterAll(async () => {
    await redis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('holds what runs and nothing else', async () => {
    expect((await readdir(app)).toSorted()).toEqual([
      'LICENSE',
      'clients',
      'dist',
      'node_modules',
      'package.json',
      'web',
    ]);
    const files = (await readdir(app, { recursive: true })).filter((file) => !file.startsWith('node_modules/'));
    expect(files.filter((file) => /\.env|\.spec\.|\.tsx?$|(^|\/)test\//.test(file) && !file.endsWith('.d.ts'))).toEqual(
      [],
    );
  });

  it('has no dependency of development', async () => {
    const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
    const places = Object.entries(lock.packages);
    const present = places.filter(([place, { dev }]) => dev && existsSync(join(app, place)));
    expect(present.map(([place]) => place)).toEqual([]);
    expect(existsSync(join(app, 'node_modules/typescript'))).toBe(false);
    expect(existsSync(join(app, 'node_modules/ioredis'))).toBe(true);
  });

  it('names a user that is not root, by number, and how it is stopped', () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(image).toMatchObject({ stopSignal: 'SIGTERM', env: { NODE_ENV: 'production' } });
    for (const label of ['title', 'description', 'licenses', 'version', 'revision', 'created']) {
      expect(image.labels).toContain(`org.opencontainers.image.${label}=`);
    }
  });

  it('serves as that user from files that nobody may write, and ends with 0', async () => {
    const port = await freePort();
    const env = {
      ...image.env,
      PATH: process.env['PATH'],
      PORT: String(port),
      ADMIN_PORT: String(await freePort()),
      REDIS_URL: redis.url,
      API_KEYS: `main:test:${KEY}`,
      JWT_SECRET: 'secret-of-the-image-spec',
    };
    const [command, ...args] = confined(app, image);
    const server = Child.spawn(command ?? '', args, { cwd: app, env });
    const rest = new RestClient(`http://127.0.0.1:${port}`, KEY);
    const ready = async (): Promise<boolean> => {
      if (server.exit) throw new Error(server.tail());
      return (await rest.get('/health/ready')).status === 200;
    };
    await until(ready, { timeoutMs: 60_000, what: 'the image is ready' });

    const [, ...check] = image.healthCheck;
    await expect(run(process.execPath, check, { env })).resolves.toBeDefined();
    await expect(run(process.execPath, check, { env: { ...env, PORT: '1' } })).rejects.toMatchObject({ code: 1 });
    expect((await rest.notify({ to: { user: 'anna' }, type: 'hello', data: {} })).state).toBe('accepted');
    expect((await rest.get<string>('/')).body).toContain('<title>Postrider');
    expect((await rest.get<string>('/client/postrider.js')).status).toBe(200);
    if (IS_ROOT) expect(await userOf(server.pid)).toBe(image.user.split(':')[0]);
    expect(await server.end('SIGTERM', 30_000)).toEqual({ code: 0, signal: null });
  });
});

interface Locked {
  dev?: boolean;
}

/** Command of the image with this Node, as its user on a read-only mount if possible. */
function confined(app: string, { user, command: [, ...args] }: Image): string[] {
  if (!IS_ROOT) return [process.execPath, ...args];
  const [uid = '', gid = ''] = user.split(':');
  const mount =
    'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && ! touch x 2>/dev/null && exec "$@"';
  const become = ['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', '--no-new-privs', '--bounding-set=-all'];
  return ['unshare', '--mount', 'sh', '-c', mount, app, ...become, process.execPath, ...args];
}

async function userOf(pid: number): Promise<string | undefined> {
  return /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
}
