import { bootstrap, Config } from 'postrider';
import { LicenseModule } from './license.module.js';
import { LicenseReadiness } from './license-readiness.js';

await bootstrap(Config.from(), { readinessChecks: [LicenseReadiness], imports: [LicenseModule] });
