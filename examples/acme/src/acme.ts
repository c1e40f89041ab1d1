import type { PostriderExtensions } from 'postrider';
import { AcmeAuthenticator } from './auth/acme-authenticator.js';
import { AcmeAuthModule } from './auth/auth.module.js';
import { OrderTopicAuthorizer } from './auth/order-topic-authorizer.js';
import { ErpModule } from './erp/erp.module.js';
import { ErpReadiness } from './erp/erp-readiness.js';
import { BrandHook } from './hooks/brand-hook.js';
import { MailHook } from './hooks/mail-hook.js';
import { MailModule } from './mail/mail.module.js';
import { OrdersModule } from './orders/orders.module.js';

/** Everything that Acme adds to Postrider. */
export const acme: PostriderExtensions = {
  authenticator: AcmeAuthenticator,
  topicAuthorizer: OrderTopicAuthorizer,
  acceptHooks: [BrandHook, MailHook],
  readinessChecks: [ErpReadiness],
  imports: [AcmeAuthModule, ErpModule, MailModule, OrdersModule],
};
