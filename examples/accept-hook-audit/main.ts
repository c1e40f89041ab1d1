import { bootstrap, Config } from '../../src/index.js';
import { AuditHook } from './audit-hook.js';
import { AuditModule } from './audit.module.js';

await bootstrap(Config.from(), { acceptHooks: [AuditHook], imports: [AuditModule] });
