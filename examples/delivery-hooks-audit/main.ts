import { bootstrap, Config } from '../../src/index.js';
import { AuditDeliveryHooks } from './audit.delivery-hooks.js';
import { AuditModule } from './audit.module.js';

await bootstrap(Config.from(), { deliveryHooks: AuditDeliveryHooks, imports: [AuditModule] });
