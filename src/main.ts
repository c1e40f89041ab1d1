import { bootstrap } from './bootstrap.js';
import { Config, ConfigError } from './config/config.js';

try {
  await bootstrap(Config.from());
} catch (error) {
  // Before there is a logger, or because there will be none: one line that says what to mend.
  process.stderr.write(`${error instanceof ConfigError || error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
