/** Priorities, most important first: the first is served first and refused last. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/**
 * Acknowledgment policies: one recipient is enough, all must acknowledge, or none is expected to.
 */
export const ACK_POLICIES = ['any', 'all', 'none'] as const;
export type AckPolicy = (typeof ACK_POLICIES)[number];

/** States of a notification. The last four are final. */
export const NOTIFICATION_STATES = ['scheduled', 'accepted', 'acknowledged', 'expired', 'dead', 'cancelled'] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

/** States of one recipient of a delivery. */
export const RECIPIENT_STATES = ['acked', 'pending', 'refused'] as const;
export type RecipientState = (typeof RECIPIENT_STATES)[number];

/** Reasons why an offset will never come. */
export const GAP_REASONS = ['expired', 'trimmed', 'cancelled', 'dead', 'reset'] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** States of a session that clients and operators see. */
export const SESSION_STATES = ['open', 'suspended'] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** Reasons why a delivery is dead-lettered. */
export const DEAD_REASONS = ['max_attempts', 'refused', 'overflow'] as const;
export type DeadReason = (typeof DEAD_REASONS)[number];
