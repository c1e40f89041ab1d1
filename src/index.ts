/**
 * Public API of the package, covered by semantic versioning. Everything else is internal and may
 * change with any release. See docs/extending.md.
 */
export { bootstrap } from './bootstrap.js';
export { mountPostrider, type MountOptions } from './mount-postrider.js';
export {
  PostriderModule,
  type PostriderAsyncOptions,
  type PostriderExtensions,
  type PostriderOptions,
} from './postrider.module.js';
export { HttpAdapter as PostriderHttpAdapter } from './http/http-adapter.js';
export { ProblemFilter } from './http/problem.filter.js';
export { AppLogger as PostriderLogger } from './observability/logger.js';
export { runProcesses } from './processes/run-processes.js';
export { Config, ConfigError } from './config/config.js';
export type { ConfigFactory } from './config/config.module.js';
export type { Role } from './config/node.schema.js';
export type { Binding } from './contract/binding.js';
export { ERRORS, PostriderError, type ErrorCode, type PostriderErrorOptions } from './contract/postrider-error.js';
export type { Page } from './operators/pages.js';

export { Notifications, type PublishOptions, type ReceiptsOptions } from './embedding/notifications.js';
export { ApiKeyGuard } from './auth/api-key.guard.js';
export { CurrentPublisher } from './auth/current-publisher.decorator.js';
export { RequiresScope } from './auth/requires-scope.decorator.js';
export type { Scope } from './auth/scope.js';
export { RestRateGuard } from './limits/rest-rate.guard.js';

export { Authenticator, type Identity } from './auth/authenticator.port.js';
export { JwtAuthenticator } from './auth/jwt-authenticator.js';
export {
  PublisherAuthenticator,
  type PublisherGrant,
  type RestCredentials,
} from './auth/publisher-authenticator.port.js';
export { TopicAuthorizer } from './auth/topic-authorizer.port.js';
export { ClaimsTopicAuthorizer } from './auth/claims-topic-authorizer.js';
export { RecipientResolver, TargetRecipientResolver } from './publish/recipient-resolver.port.js';
export { AcceptHook } from './publish/accept-hook.port.js';
export { RedisClock } from './clock/redis-clock.js';
export { ReadinessCheck, type ReadinessResult } from './contract/readiness-check.port.js';

export type { Publisher } from './contract/publisher.js';
export type {
  Accepted,
  BatchResult,
  Cancelled,
  DryRun,
  NotificationStatus,
} from './contract/notification-answers.schema.js';
export type { ReceiptsPage, TimelinePage } from './contract/receipt-answers.schema.js';
export type { NotificationBody, NotificationTarget } from './contract/notification.schema.js';
export { ALL_TOPIC, isTopicName, isUserId, parseTopic, sessionTopic, userTopic } from './contract/topic-name.js';
