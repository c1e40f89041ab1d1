import { startSignals } from './processes/start-signals.js';

// Before any await, since loading the rest takes a while.
startSignals.keep('SIGTERM', 'SIGINT');

try {
  const { Config } = await import('./config/config.js');
  const { runProcesses } = await import('./processes/run-processes.js');
  const config = Config.from();
  await runProcesses(config, async () => (await import('./bootstrap.js')).bootstrap(config));
} catch (error) {
  // No logger exists, or none will: print one line that says what to fix.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
