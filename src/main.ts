import { startSignals } from './processes/start-signals.js';

// Before anything is awaited: loading the rest takes a while.
startSignals.keep('SIGTERM', 'SIGINT');

try {
  const { Config } = await import('./config/config.js');
  const { runProcesses } = await import('./processes/run-processes.js');
  const config = Config.from();
  await runProcesses(config, async () => (await import('./bootstrap.js')).bootstrap(config));
} catch (error) {
  // Before there is a logger, or because there will be none: one line that says what to mend.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
