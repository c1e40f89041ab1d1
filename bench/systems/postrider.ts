import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerRig } from '../../test/support/server-rig.js';
import { until } from '../../test/support/wait.js';
import { HEARTBEAT_MS } from '../heartbeat.js';
import { startCollector } from './collector.js';
import { startRedis } from './redis.js';
import type { System, SystemSettings } from './system.js';

const READY_TIMEOUT_MS = 40_000;
/** Entry of the build whose modules are files of their own, so that a profile tells them apart. */
const PROFILED_MAIN = 'dist/main.js';
const PROFILER = new URL('../measure/profiler.mjs', import.meta.url);

/** Starts the built server with its defaults, except for the heartbeat. */
export async function startPostrider(settings: SystemSettings): Promise<System> {
  const redis = await startRedis(settings);
  const apiKey = randomBytes(24).toString('hex');
  const secret = randomBytes(32).toString('hex');
  const folder = settings.profile ? await mkdtemp(join(tmpdir(), 'postrider-profile-')) : undefined;
  const collector = settings.tracePercent > 0 ? await startCollector() : undefined;
  const profileFile = folder && join(folder, 'cpuprofile.json');
  const env = {
    NODE_ENV: 'production',
    REDIS_URL: redis.url,
    API_KEYS: `main:bench:${apiKey}`,
    JWT_SECRET: secret,
    PROCESSES: String(settings.processes),
    HEARTBEAT_MS: String(HEARTBEAT_MS),
    ...(collector && { TRACE_URL: collector.url, TRACE_SAMPLE_RATIO: String(settings.tracePercent / 100) }),
    ...(profileFile && { NODE_OPTIONS: `--import ${PROFILER.href}`, BENCH_PROFILE: profileFile }),
  };
  const clean = async (): Promise<void> => {
    await redis.stop();
    collector?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  };
  try {
    const server = await ServerRig.start({ env, ...(settings.profile && { main: PROFILED_MAIN }) });
    if (settings.processes > 1) await allReady(server);
    const stop = async (): Promise<void> => {
      await server.kill();
      await clean();
    };
    const target = { system: 'postrider', port: server.port, apiKey, secret } as const;
    return { target, serverPid: server.pid, redis, ...(profileFile && { profileFile }), stop };
  } catch (error) {
    await clean();
    throw error;
  }
}

function allReady({ log }: ServerRig): Promise<boolean> {
  const what = 'all processes are ready';
  return until(() => log.some((line) => line.includes('All processes are ready')), {
    timeoutMs: READY_TIMEOUT_MS,
    what,
  });
}
