import { bootstrap, Config } from 'postrider';
import { AuditHook } from './audit-hook.js';
import { AuditModule } from './audit.module.js';

await bootstrap(Config.from(), { acceptHooks: [AuditHook], imports: [AuditModule] });
