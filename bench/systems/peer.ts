import { fileURLToPath } from 'node:url';
import { Child } from '../../test/support/child-process.js';
import { freePort } from '../../test/support/free-port.js';
import { until } from '../../test/support/wait.js';
import type { SystemName } from '../generator/dialects/dialects.js';
import { startRedis } from './redis.js';
import type { System, SystemSettings } from './system.js';

/** Configuration with the decorator options, which tsconfig.json has for src only. */
const TSCONFIG = fileURLToPath(new URL('../../tsconfig.test.json', import.meta.url));
const READY_TIMEOUT_MS = 40_000;

/** Programs and settings of the peers. */
const PEERS = {
  rawws: { file: 'rawws.ts', needsRedis: false },
  socketio: { file: 'socketio.ts', needsRedis: true },
  'nest-bullmq': { file: 'nest-bullmq.ts', needsRedis: true },
};

export async function startPeer(name: Exclude<SystemName, 'postrider'>, settings: SystemSettings): Promise<System> {
  const { file, needsRedis } = PEERS[name];
  const redis = needsRedis ? await startRedis(settings) : undefined;
  const port = await freePort();
  const child = Child.spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL(`../peers/${file}`, import.meta.url))],
    {
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        PORT: String(port),
        REDIS_URL: redis?.url,
        TSX_TSCONFIG_PATH: TSCONFIG,
      },
    },
  );
  const stop = async (): Promise<void> => {
    await child.end('SIGKILL');
    await redis?.stop();
  };
  try {
    await until(() => isReady(child), { timeoutMs: READY_TIMEOUT_MS, what: `${name} is ready` });
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start; it said:\n${child.tail()}`, { cause: error });
  }
  const target = { system: name, port, apiKey: '', secret: '' };
  return { target, serverPid: child.pid, ...(redis && { redis }), stop };
}

function isReady(child: Child): boolean {
  if (child.exit) throw new Error('it has ended');
  return child.lines.includes('ready');
}
