import { Injectable } from '@nestjs/common';
import { ERRORS, PostriderError } from '../contract/postrider-error.js';
import { GuardQueue } from '../queue/guard-queue.js';
import { SessionStore } from '../session/session-store.js';
import { type TopicName, parseTopic } from '../contract/topic-name.js';
import { TopicLog } from '../topic/topic-log.js';
import { TopicMembers } from '../topic/topic-members.js';
import { TopicNamespaces, qualified } from '../topic/topic-namespaces.js';
import type { Target } from '../contract/notification-answers.schema.js';
import { type Draft, appendOf } from './notification-draft.js';
import { keyTaken } from './notification-store.js';

/** Notification on its way into the logs. */
interface Commit {
  readonly id: string;
  readonly draft: Draft;
  /** True if it goes into one log, whose record answers for the whole notification. */
  readonly single: boolean;
  readonly promised: boolean;
}

/**
 * Appends a notification to the logs of its targets and has it guarded. Repeating it with the same
 * id is harmless.
 */
@Injectable()
export class Committer {
  constructor(
    private readonly log: TopicLog,
    private readonly members: TopicMembers,
    private readonly namespaces: TopicNamespaces,
    private readonly sessions: SessionStore,
    private readonly guard: GuardQueue,
  ) {}

  /** @throws PostriderError if no target took it, or if the outcome is unknown. */
  commit(id: string, draft: Draft): Promise<Target[]> {
    return this.commitAll(id, draft, { promised: false });
  }

  /**
   * Like `commit`, for a notification that was accepted before: full topics take it, and ended
   * sessions do not matter.
   */
  commitPromised(id: string, draft: Draft): Promise<Target[]> {
    return this.commitAll(id, draft, { promised: true });
  }

  private async commitAll(id: string, draft: Draft, { promised }: { promised: boolean }): Promise<Target[]> {
    const single = draft.topics.length === 1 && id.startsWith('s');
    const entry = { id, draft, single, promised };
    const outcomes = await Promise.all(draft.topics.map((topic) => this.commitOne(entry, topic)));
    const refused = outcomes.filter((outcome) => outcome instanceof PostriderError);
    const [first] = refused;
    if (first && refused.length === outcomes.length) throw first;
    return outcomes.map((outcome, index) =>
      outcome instanceof PostriderError ? { topic: draft.topics[index] ?? '', error: outcome.code } : outcome,
    );
  }

  private async commitOne({ id, draft, single, promised }: Commit, topic: string): Promise<Target | PostriderError> {
    const name = qualified(draft.app, topic);
    const target = parseTopic(topic);
    if (target?.kind === 'session' && !(await this.admit(draft.app, topic, target)) && !promised) {
      return new PostriderError('session_not_found', 'There is no such session. Check the id: it may have expired.', {
        field: 'to.session',
      });
    }
    const policy = draft.policy ?? this.namespaces.rulesOf(name).defaultPolicy;
    const [appended] = await this.log.append(name, [appendOf(id, draft, policy, single)], { promised });
    if (appended?.isVoid) return keyTaken();
    if (!appended?.stored) {
      return new PostriderError(
        'topic_full',
        `${topic} has reached its limit of unacknowledged notifications (TOPIC_MAX_OPEN). ${ERRORS.topic_full.remedy}`,
        {
          field: 'to',
        },
      );
    }
    const { offset, epoch, online, wakeAtMs } = appended;
    if (wakeAtMs !== undefined) {
      await this.guard.arm(wakeAtMs, [name], draft.trace && new Map([[name, draft.trace.traceparent]]));
    }
    return { topic, offset, epoch, online };
  }

  /**
   * Subscribes a session to its own topic when that is first addressed, so that idle sessions cost
   * one topic less.
   */
  private async admit(app: string, topic: string, { id }: Extract<TopicName, { kind: 'session' }>): Promise<boolean> {
    const [known] = await this.sessions.find([id]);
    if (!known || known.app !== app) return false;
    if (known.topics.includes(topic)) return true;
    const holder = await this.sessions.addTopic(id, topic);
    if (!holder) return false;
    await this.members.subscribe(qualified(app, topic), id, holder.user, holder.open ? holder.node : undefined);
    return true;
  }
}
