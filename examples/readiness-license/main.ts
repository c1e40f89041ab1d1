import { bootstrap, Config } from '../../src/index.js';
import { LicenseModule } from './license.module.js';
import { LicenseReadiness } from './license.readiness.js';

await bootstrap(Config.from(), { readinessChecks: [LicenseReadiness], imports: [LicenseModule] });
