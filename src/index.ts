/** What a team builds on: everything else is internal and may change with any release. See docs/extending.md. */
export { bootstrap } from './bootstrap.js';
export { runProcesses } from './processes/run.processes.js';
export { PostriderModule, type PostriderOptions } from './postrider.module.js';
export { Config, ConfigError } from './config/config.js';
export type { Role } from './config/config.schema.js';
export { ERRORS, PostriderError, type ErrorCode, type PostriderErrorOptions } from './errors/postrider.error.js';

export { Authenticator, type Identity } from './auth/authenticator.port.js';
export { JwtAuthenticator } from './auth/jwt.authenticator.js';
export { TopicAuthorizer } from './auth/topic-authorizer.port.js';
export { ClaimsTopicAuthorizer } from './auth/claims.topic-authorizer.js';
export { RecipientResolver, TargetRecipientResolver } from './notification/recipient-resolver.port.js';
export { DeliveryHooks, NoDeliveryHooks } from './notification/delivery-hooks.port.js';
export { EscalationChannel, LogEscalationChannel, type Escalation } from './queue/escalation-channel.port.js';
export { RedisClock } from './redis/redis.clock.js';
export { ReadinessCheck, type ReadinessResult } from './health/readiness-check.port.js';

export type { Publisher } from './auth/api-key.registry.js';
export type { Accepted } from './notification/answer.schema.js';
export type { NotificationBody, NotificationTarget } from './notification/notification.schema.js';
export { ALL_TOPIC, isTopicName, isUserId, parseTopic, sessionTopic, userTopic } from './topic/topic.name.js';
