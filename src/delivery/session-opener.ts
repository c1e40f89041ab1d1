import { Injectable } from '@nestjs/common';
import type { HeldSession } from '../session/held-session.js';
import { SessionService, firstTopicsOf } from '../session/session.service.js';
import type { Membership } from '../topic/topic-members.js';
import { qualified } from '../topic/topic-namespaces.js';
import { Hub } from './hub.js';
import type { SessionOwner } from './session-topics.js';
import { TopicPlaces } from './topic-places.js';

/** Membership that came with the opening of a session, as long as it is known to be valid. */
export type FirstPlaces = (topic: string) => Membership | undefined;

/** Opens sessions for clients, together with their first topics where one call can do both. */
@Injectable()
export class SessionOpener {
  constructor(
    private readonly hub: Hub,
    private readonly sessions: SessionService,
    private readonly places: TopicPlaces,
  ) {}

  /** @param use joins the topics. Until it has done so, no hint of them is missed. */
  async open(
    { user, app }: SessionOwner,
    use: (session: HeldSession, first: FirstPlaces) => Promise<void>,
  ): Promise<void> {
    const topics = firstTopicsOf(user);
    const feeds = topics.map((topic) => this.hub.acquire(app, topic));
    try {
      const { trust } = this.hub;
      const areVerified = feeds.every(({ verified }) => verified);
      const { id, memberships } = await this.sessions.open(user, app);
      for (const [index, member] of memberships.entries()) {
        await this.places.guardParked(qualified(app, topics[index] ?? ''), member);
      }
      await use({ id, generation: 1, resumed: false }, (topic) =>
        areVerified && this.hub.trust === trust ? memberships[topics.indexOf(topic)] : undefined,
      );
    } finally {
      for (const feed of feeds) this.hub.release(feed);
    }
  }

  /** Resumes as `SessionService` does. */
  resume(id: string, { user, app }: SessionOwner, askedAtMs: number | undefined): ReturnType<SessionService['resume']> {
    return this.sessions.resume(id, user, app, askedAtMs);
  }

  /** Ends a session that nobody uses. */
  async end(id: string, { app }: SessionOwner): Promise<void> {
    await this.sessions.end(id, app);
  }
}
