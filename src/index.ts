/**
 * Public API of the package. Everything else is internal and may change with any release. See
 * docs/extending.md.
 */
export { bootstrap } from './bootstrap.js';
export { runProcesses } from './processes/run-processes.js';
export { PostriderModule, type PostriderOptions } from './postrider.module.js';
export { Config, ConfigError } from './config/config.js';
export type { Role } from './config/config.schema.js';
export { ERRORS, PostriderError, type ErrorCode, type PostriderErrorOptions } from './contract/postrider-error.js';

export { Authenticator, type Identity } from './auth/authenticator.port.js';
export { JwtAuthenticator } from './auth/jwt-authenticator.js';
export { TopicAuthorizer } from './auth/topic-authorizer.port.js';
export { ClaimsTopicAuthorizer } from './auth/claims-topic-authorizer.js';
export { RecipientResolver, TargetRecipientResolver } from './publish/recipient-resolver.port.js';
export { AcceptHook } from './publish/accept-hook.port.js';
export { RedisClock } from './clock/redis-clock.js';
export { ReadinessCheck, type ReadinessResult } from './contract/readiness-check.port.js';

export type { Publisher } from './auth/api-key-registry.js';
export type { Accepted } from './contract/answer.schema.js';
export type { NotificationBody, NotificationTarget } from './contract/notification.schema.js';
export { ALL_TOPIC, isTopicName, isUserId, parseTopic, sessionTopic, userTopic } from './contract/topic-name.js';
