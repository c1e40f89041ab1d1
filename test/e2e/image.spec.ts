import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Child } from '../support/child-process.js';
import { freePort } from '../support/free-port.js';
import { ImageBuild } from '../support/image-build.js';
import { RedisRig } from '../support/redis-rig.js';
import { RestClient } from '../support/rest-client.js';
import { until } from '../support/wait.js';

jest.setTimeout(1_200_000);

const run = promisify(execFile);
const KEY = 'key-of-the-image-spec';

describe('the image of docker/Dockerfile', () => {
  let folder: string;
  let image: ImageBuild;
  let app: string;
  let redis: RedisRig;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postrider-image-'));
    redis = await RedisRig.start();
    image = await ImageBuild.make(folder);
    app = join(image.root, image.config.WorkingDir);
  });

  afterAll(async () => {
    await redis?.stop();
    await image?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('contains only what the server needs', async () => {
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

  it('has no development dependency', async () => {
    const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
    const places = Object.entries(lock.packages);
    const present = places.filter(([place, { dev }]) => dev && existsSync(join(app, place)));
    expect(present.map(([place]) => place)).toEqual([]);
    expect(existsSync(join(app, 'node_modules/typescript'))).toBe(false);
    expect(existsSync(join(app, 'node_modules/ioredis'))).toBe(true);
  });

  it('names a user other than root, by number, and its stop signal', () => {
    expect(image.config).toMatchObject({ User: expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/), StopSignal: 'SIGTERM' });
    expect(image.env).toMatchObject({ NODE_ENV: 'production' });
    const labels = ['title', 'description', 'licenses', 'version', 'revision', 'created'];
    expect(Object.keys(image.config.Labels)).toEqual(
      expect.arrayContaining(labels.map((label) => `org.opencontainers.image.${label}`)),
    );
  });

  it('serves as that user from read-only files and ends with 0', async () => {
    const port = await freePort();
    const env = {
      ...image.env,
      PORT: String(port),
      ADMIN_PORT: String(await freePort()),
      REDIS_URL: redis.url,
      API_KEYS: `main:test:${KEY}`,
      JWT_SECRET: 'secret-of-the-image-spec',
    };
    const [command, ...args] = image.contained(image.config.Cmd);
    const server = Child.spawn(command, args, { env });
    const rest = new RestClient(`http://127.0.0.1:${port}`, KEY);
    const ready = async (): Promise<boolean> => {
      if (server.exit) throw new Error(server.tail());
      return (await rest.get('/health/ready')).status === 200;
    };
    await until(ready, { timeoutMs: 60_000, what: 'the image is ready' });

    const [, ...check] = image.config.Healthcheck.Test;
    const [program, ...words] = image.contained(check);
    await expect(run(program, words, { env })).resolves.toBeDefined();
    await expect(run(program, words, { env: { ...env, PORT: '1' } })).rejects.toMatchObject({ code: 1 });
    expect((await rest.notify({ to: { user: 'anna' }, type: 'hello', data: {} })).state).toBe('accepted');
    expect((await rest.get<string>('/')).body).toContain('<title>Postrider');
    expect((await rest.get<string>('/client/postrider.js')).status).toBe(200);
    expect(await userOf(server.pid)).toBe(image.config.User.split(':')[0]);
    expect(await server.end('SIGTERM', 30_000)).toEqual({ code: 0, signal: null });
  });
});

interface Locked {
  dev?: boolean;
}

async function userOf(pid: number): Promise<string | undefined> {
  return /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
}
