import { beforeEach, describe, expect, it } from '@jest/globals';
import { encodeEntry } from '../topic/entry-codec.js';
import { type FeedListener, TopicFeed } from './topic-feed.js';

const NAME = 'main:public.news';
const told: string[] = [];
let feed: TopicFeed;

const entry = (offset: number, mark = `mark-${offset}`): string =>
  encodeEntry(
    { id: `s${String(offset).padStart(20, '0')}`, policy: 'any', expiresAtMs: 1, atMs: 1, body: '"type":"t"' },
    mark.padEnd(8),
  );
const listener: FeedListener = {
  session: 's1',
  pump: () => undefined,
  again: () => undefined,
  ended: () => undefined,
  renumbered: () => told.push('renumbered'),
};

beforeEach(() => {
  told.length = 0;
  feed = new TopicFeed(NAME, 'public.news', {
    keepsTail: true,
    budget: { bytes: 0, maxBytes: 1_000 },
    readLog: () => Promise.resolve(undefined),
    onSuspect: () => told.push('suspect'),
  });
  feed.establish('e1', 0, '');
  feed.subscriptions.add(listener);
  feed.appended('e1', 1, [entry(1), entry(2)]);
});

describe('a feed', () => {
  it('accepts nothing between a lost connection and a check of the log, so that no lost entry is skipped', () => {
    feed.doubt();
    feed.appended('e1', 3, [entry(3)]);
    expect(feed.view).toEqual({ name: NAME, head: 2, landmark: { offset: 2, mark: 'mark-2  ' } });
    feed.confirm('e1', 3);
    expect(feed.view).toMatchObject({ head: 3 });
    feed.appended('e1', 4, [entry(4)]);
    expect(feed.view).toMatchObject({ head: 4, landmark: { offset: 4 } });
    expect(told).toEqual([]);
  });

  it('is checked when another entry arrives for an offset that was seen', () => {
    feed.appended('e1', 1, [entry(1)]);
    expect(told).toEqual([]);
    feed.appended('e1', 2, [entry(2, 'other')]);
    feed.appended('e1', 1, [entry(1, 'other')]);
    expect(told).toEqual(['suspect', 'suspect']);
    expect(feed.recent(2)?.text).toBe(entry(2));
  });

  it('is checked when a hint names another epoch, and rejoins its listeners only if the log has one', () => {
    feed.appended('e0', 3, [entry(3)]);
    expect(told).toEqual(['suspect']);
    feed.confirm('e1', 2);
    expect(told).toEqual(['suspect']);
    feed.appended('e2', 3, [entry(3)]);
    feed.confirm('e2', 3);
    expect(told).toEqual(['suspect', 'suspect', 'renumbered']);
  });

  it('rejoins its listeners when somebody joins under another epoch', () => {
    feed.establish('e2', 5, 'mark-5  ');
    expect(told).toEqual(['renumbered']);
    expect(feed.view).toEqual({ name: NAME, head: 5, landmark: { offset: 5, mark: 'mark-5  ' } });
    expect(feed.recent(2)).toBeUndefined();
  });
});
