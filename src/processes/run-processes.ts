import cluster from 'node:cluster';
import type { INestApplication } from '@nestjs/common';
import type { Config } from '../config/config.js';

/**
 * Runs a server as `PROCESSES` says. With one, the application starts in this process. With several, this process starts
 * and ends those that serve, each of which runs the same program and comes by here as well.
 * @param start builds the application and listens; not called in the parent, which has nothing of it in memory.
 * @throws what `start` does.
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
