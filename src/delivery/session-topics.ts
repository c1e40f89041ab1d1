import type { HeldSession } from '../session/held-session.js';
import type { SessionClient } from './session-client.js';
import type { Subscriber, Subscription } from './subscription.js';

/** User and app of a session. */
export interface SessionOwner {
  readonly user: string;
  readonly app: string;
}

/** Joins a session to a topic that has been renumbered. */
export interface Rejoins {
  rejoinRenumbered(topics: SessionTopics, topic: string): void;
}

/** The topics of a session on this node, from the moment at which a client gets the session until it loses it. */
export class SessionTopics implements Subscriber {
  readonly subscriptions = new Map<string, Subscription>();
  /** Subscribes under way, so that a burst of them cannot exceed the limit. */
  pending = 0;
  /** Whether the client has lost the session: nothing joins any more. */
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
