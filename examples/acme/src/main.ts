import { bootstrap, Config, runProcesses } from 'postrider';
import { acme } from './acme.js';

const config = Config.from();
await runProcesses(config, () => bootstrap(config, acme));
