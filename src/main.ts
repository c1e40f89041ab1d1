import { Config, ConfigError } from './config/config.js';
import { runProcesses } from './processes/run.processes.js';

try {
  const config = Config.from();
  await runProcesses(config, async () => (await import('./bootstrap.js')).bootstrap(config));
} catch (error) {
  // Before there is a logger, or because there will be none: one line that says what to mend.
  process.stderr.write(`${error instanceof ConfigError || error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
