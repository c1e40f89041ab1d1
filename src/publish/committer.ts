import { Injectable } from '@nestjs/common';
import { ERRORS, PostriderError } from '../contract/postrider-error.js';
import { GuardQueue } from '../queue/guard-queue.js';
import { SessionStore } from '../session/session-store.js';
import { isSessionTopic, parseTopic } from '../contract/topic-name.js';
import { kindOf } from '../contract/notification-id.js';
import type { Append, Appended } from '../topic/log-scripts.js';
import { TopicLog } from '../topic/topic-log.js';
import { TopicMembers } from '../topic/topic-members.js';
import { TopicNamespaces, qualified } from '../topic/topic-namespaces.js';
import type { Target } from '../contract/notification-answers.schema.js';
import { Failed, settled, valueOf } from './failed.js';
import { type Draft, appendOf } from './notification-draft.js';
import { keyTaken } from './notification-store.js';

/** Notification to append to the logs of its targets. */
export interface Commit {
  readonly id: string;
  readonly draft: Draft;
}

/** One target of a notification on its way into its log. */
interface Place {
  readonly draft: Draft;
  readonly topic: string;
  readonly name: string;
  readonly item: Append;
  outcome: Target | PostriderError | Failed | undefined;
}

/**
 * Appends notifications to the logs of their targets and has them guarded. Repeating it with the
 * same ids is harmless.
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
  async commit(id: string, draft: Draft, options = { promised: false }): Promise<Target[]> {
    const [targets = []] = await this.commitAll([{ id, draft }], options);
    return valueOf(targets);
  }

  /**
   * Like `commit`, for several notifications at once. Each topic takes them in their order.
   * @param promised true for notifications that were accepted before: full topics take them, and
   * ended sessions do not matter.
   * @returns for each its targets, or the error as `commit` throws it.
   */
  async commitAll(commits: readonly Commit[], { promised } = { promised: false }): Promise<(Target[] | Failed)[]> {
    const places: Place[] = [];
    for (const commit of commits) this.place(commit, places);
    const toSessions = places.filter(({ topic }) => isSessionTopic(topic));
    if (toSessions.length > 0) await Promise.all(toSessions.map((place) => this.check(place, promised)));
    await this.append(toSessions.length > 0 ? places.filter(({ outcome }) => !outcome) : places, promised);
    let from = 0;
    return commits.map(({ draft }) => targetsOf(places, from, (from += draft.topics.length)));
  }

  /** Adds a place for each target. */
  private place({ id, draft }: Commit, places: Place[]): void {
    // The record of a single delivery answers for the whole notification.
    const isSingle = draft.topics.length === 1 && kindOf(id) === 's';
    for (const topic of draft.topics) {
      const name = qualified(draft.app, topic);
      const policy = draft.policy ?? this.namespaces.rulesOf(name).defaultPolicy;
      places.push({ draft, topic, name, item: appendOf(id, draft, policy, isSingle), outcome: undefined });
    }
  }

  /** Makes sure that an addressed session exists. */
  private async check(place: Place, promised: boolean): Promise<void> {
    try {
      if ((await this.admit(place)) || promised) return;
      const detail = 'There is no such session. Check the id: it may have expired.';
      place.outcome = new PostriderError('session_not_found', detail, { field: 'to.session' });
    } catch (error) {
      place.outcome = new Failed(error);
    }
  }

  /** Appends to all logs in one go and has the topics guarded. */
  private async append(places: readonly Place[], promised: boolean): Promise<void> {
    if (places.length === 0) return;
    const outcomes = await this.log.appendAll(places, { promised });
    const armed: Place[] = [];
    let arming: Promise<void> | undefined;
    places.forEach((place, index) => {
      const appended = outcomes[index];
      place.outcome = outcomeOf(place, appended);
      if (appended instanceof PostriderError || appended.wakeAtMs === undefined) return;
      const { name, draft } = place;
      // All of one turn of the event loop share a promise.
      arming = this.guard.arm(appended.wakeAtMs, [name], draft.trace && new Map([[name, draft.trace.traceparent]]));
      armed.push(place);
    });
    try {
      if (arming) await arming;
    } catch (error) {
      for (const place of armed) place.outcome = new Failed(error);
    }
  }

  /**
   * Subscribes a session to its own topic when that is first addressed, so that idle sessions cost
   * one topic less.
   */
  private async admit({ draft: { app }, topic, name }: Place): Promise<boolean> {
    const target = parseTopic(topic);
    if (target?.kind !== 'session') return false;
    const { id } = target;
    const [known] = await this.sessions.find([id]);
    if (!known || known.app !== app) return false;
    if (known.topics.includes(topic)) return true;
    const holder = await this.sessions.addTopic(id, topic);
    if (!holder) return false;
    await this.members.subscribe(name, id, holder.user, holder.open ? holder.node : undefined);
    return true;
  }
}

function outcomeOf({ topic }: Place, appended: Appended | PostriderError): Place['outcome'] {
  if (appended instanceof PostriderError) return new Failed(appended);
  if (appended.isVoid) return keyTaken();
  if (!appended.stored) {
    const detail = `${topic} has reached its limit of unacknowledged notifications (TOPIC_MAX_OPEN). ${ERRORS.topic_full.remedy}`;
    return new PostriderError('topic_full', detail, { field: 'to' });
  }
  const { offset, epoch, online } = appended;
  return { topic, offset, epoch, online };
}

/**
 * Targets of one notification, whose places are those from `from` to `to`.
 * @returns a failure if no target took it, or if the outcome of one is unknown.
 */
function targetsOf(places: readonly Place[], from: number, to: number): Target[] | Failed {
  const targets: Target[] = [];
  let refusal: PostriderError | undefined;
  let refused = 0;
  for (let at = from; at < to; at++) {
    const outcome = settled(places[at]?.outcome);
    if (outcome instanceof Failed) return outcome;
    if (outcome instanceof PostriderError) {
      refused++;
      refusal ??= outcome;
      targets.push({ topic: places[at]?.topic ?? '', error: outcome.code });
    } else targets.push(outcome);
  }
  return refusal && refused === targets.length ? new Failed(refusal) : targets;
}
