import cluster from 'node:cluster';
import type { INestApplication } from '@nestjs/common';
import type { Config } from '../config/config.js';

/**
 * Runs a server according to `PROCESSES`. With one, the application starts in this process. With
 * several, this process starts and stops the serving processes, each of which runs the same program
 * and calls this function too.
 * @param start builds the application and listens; not called in the parent, which does not load
 * it.
 * @throws any error of `start`.
 */
export async function runProcesses(config: Config, start: () => Promise<INestApplication>): Promise<void> {
  if (cluster.isWorker) {
    const { ParentLink } = await import('./parent-link.js');
    ParentLink.watch();
    return ParentLink.serve(await start());
  }
  if (config.processes === 1) {
    await start();
    return;
  }
  const [{ ProcessPool }, { AppLogger }] = await Promise.all([
    import('./process-pool.js'),
    import('../observability/logger.js'),
  ]);
  const pool = new ProcessPool(config, new AppLogger(config));
  process.exit(await pool.run());
}
