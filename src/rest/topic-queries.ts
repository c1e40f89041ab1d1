import { Injectable } from '@nestjs/common';
import { PostriderError } from '../contract/postrider-error.js';
import { readJson } from '../contract/json/json-reader.js';
import { RedisClock } from '../clock/redis-clock.js';
import { expiryOf, gapReason, innerOf } from '../topic/entry-codec.js';
import { TopicLog } from '../topic/topic-log.js';
import type { TopicInfo } from '../topic/log-scripts.js';
import { qualified } from '../topic/topic-namespaces.js';
import { CONTENT } from '../publish/notification-draft.js';
import type { HistoryEntry, HistoryPage, Presence, TopicAnswer } from '../contract/topic-answers.schema.js';

const HISTORY_BYTES = 4_194_304;

/** Answers the entries and the presence of topics. */
@Injectable()
export class TopicQueries {
  constructor(
    private readonly log: TopicLog,
    private readonly clock: RedisClock,
  ) {}

  async topic(app: string, topic: string): Promise<TopicAnswer> {
    const { epoch, head, members, online } = await this.find(app, topic);
    return { topic, epoch, head, subscribers: members, online };
  }

  /** Entries that are still kept, oldest first. */
  async history(app: string, topic: string, query: { from?: number; limit: number }): Promise<HistoryPage> {
    const name = qualified(app, topic);
    const { epoch, head, from, entries } = await this.log.read(name, query.from ?? 1, query.limit, HISTORY_BYTES);
    if (epoch === '') throw unknownTopic();
    const now = this.clock.now();
    const items = entries.map((entry, index) => historyEntry(epoch, from + index, entry, now));
    const next = from + entries.length;
    return { items, next: entries.length > 0 && next <= head ? String(next) : null };
  }

  async presence(app: string, topic: string): Promise<Presence> {
    const { live } = await this.find(app, topic, true);
    const users = new Set([...live.values()].map(({ user }) => user));
    return { topic, users: [...users], sessions: [...live.keys()] };
  }

  private async find(app: string, topic: string, withLive = false): Promise<TopicInfo> {
    const info = await this.log.info(qualified(app, topic), withLive);
    if (info.epoch === '') throw unknownTopic();
    return info;
  }
}

const unknownTopic = (): PostriderError =>
  new PostriderError(
    'topic_not_found',
    'The topic does not exist. Check its name: nobody has published to it or subscribes to it.',
  );

function historyEntry(epoch: string, offset: number, text: string, now: number): HistoryEntry {
  const gap = gapReason(text);
  if (gap) return { offset, epoch, gap };
  if (expiryOf(text) <= now) return { offset, epoch, gap: 'expired' };
  return { offset, epoch, ...(readJson(`{${innerOf(text)}}`, CONTENT) as object) };
}
