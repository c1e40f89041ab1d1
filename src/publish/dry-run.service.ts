import { Injectable } from '@nestjs/common';
import type { Publisher } from '../contract/publisher.js';
import { type ErrorCode, PostriderError } from '../contract/postrider-error.js';
import { SessionStore } from '../session/session-store.js';
import { TopicLog } from '../topic/topic-log.js';
import { parseTopic } from '../contract/topic-name.js';
import { TopicNamespaces, qualified } from '../topic/topic-namespaces.js';
import type { DryRun } from '../contract/notification-answers.schema.js';
import type { Draft } from './notification-draft.js';
import type { NotificationBody } from '../contract/notification.schema.js';
import { AcceptPlanner } from './accept-planner.js';

const MAX_USERS = 100;

type Target = DryRun['targets'][number];

/**
 * Reports the recipients of a notification, and whether it would be accepted, without storing it.
 */
@Injectable()
export class DryRunService {
  constructor(
    private readonly planner: AcceptPlanner,
    private readonly log: TopicLog,
    private readonly namespaces: TopicNamespaces,
    private readonly sessions: SessionStore,
  ) {}

  /** @throws PostriderError any refusal of an accept that can be foreseen. */
  async run(publisher: Publisher, given: NotificationBody): Promise<DryRun> {
    const { draft } = await this.planner.plan(publisher, given);
    const online = new Set<string>();
    const targets = await Promise.all(draft.topics.map((topic) => this.look(draft, topic, online)));
    const [refused] = targets.flatMap(({ error }) => error ?? []);
    if (refused !== undefined && targets.every(({ error }) => error !== undefined)) {
      throw new PostriderError(refused as ErrorCode, undefined, { field: 'to' });
    }
    return {
      type: draft.type,
      targets,
      recipients: { sessions: targets.reduce((sum, { subscribers }) => sum + subscribers, 0), online: online.size },
      expiresAt: new Date(draft.expiresAtMs).toISOString(),
      ...(draft.releaseAtMs > draft.createdAtMs && { deliverAt: new Date(draft.releaseAtMs).toISOString() }),
    };
  }

  private async look(draft: Draft, topic: string, online: Set<string>): Promise<Target> {
    const name = qualified(draft.app, topic);
    const { head, members, live, open } = await this.log.info(name, true);
    for (const session of live.keys()) online.add(session);
    const users = new Set([...live.values()].map(({ user }) => user));
    const { personal, defaultPolicy, maxOpen } = this.namespaces.rulesOf(name);
    const isFull = personal && (draft.policy ?? defaultPolicy) !== 'none' && open >= maxOpen;
    const refusal = isFull ? 'topic_full' : undefined;
    const error = (await this.isUnknownSession(draft.app, topic)) ? 'session_not_found' : refusal;
    return {
      topic,
      head,
      subscribers: members,
      online: live.size,
      users: [...users].slice(0, MAX_USERS),
      ...(error && { error }),
    };
  }

  private async isUnknownSession(app: string, topic: string): Promise<boolean> {
    const target = parseTopic(topic);
    if (target?.kind !== 'session') return false;
    const [known] = await this.sessions.find([target.id]);
    return known?.app !== app;
  }
}
