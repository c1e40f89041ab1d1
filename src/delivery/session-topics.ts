import type { HeldSession } from '../session/held-session.js';
import type { SessionClient } from './session-client.js';
import type { Subscriber, Subscription } from './subscription.js';

/** User and app of a session. */
export interface SessionOwner {
  readonly user: string;
  readonly app: string;
}

/** Joins a session to a topic again after it got a new epoch. */
export interface Rejoins {
  rejoinRenumbered(topics: SessionTopics, topic: string): void;
}

/**
 * Topics of a session on this node, from the moment a client gets the session until it loses it.
 */
export class SessionTopics implements Subscriber {
  readonly subscriptions = new Map<string, Subscription>();
  /** Number of joins in progress, so that a burst cannot exceed the limit. */
  pending = 0;
  /** True once the client has lost the session: nothing can be joined then. */
  isClosed = false;

  constructor(
    readonly session: HeldSession,
    readonly owner: SessionOwner,
    readonly client: SessionClient,
    private readonly joiner: Rejoins,
  ) {}

  rejoin(topic: string): void {
    this.joiner.rejoinRenumbered(this, topic);
  }
}
