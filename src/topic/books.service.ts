import { Injectable } from '@nestjs/common';
import { ALL_PARTITIONS } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { listOf } from './topic.limits.js';
import { topicScript } from './topic.script.js';

const BOOKS = topicScript('books');

/** Deliveries of an app by what became of them. */
export interface Books {
  readonly accepted: number;
  readonly acked: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly dead: number;
  /** `ack: none`: stored, never ends. */
  readonly unguarded: number;
  /** accepted − all others. */
  readonly pending: number;
  /** Open deliveries counted one by one in the topics. */
  readonly counted: number;
  /** pending − counted: anything but 0 is a fault. */
  readonly difference: number;
}

/** The books, and how many of the deliveries counted wait where nobody is connected. */
export interface Counted {
  readonly books: Books;
  readonly offline: number;
}

/** The proof that nothing was lost silently. */
@Injectable()
export class BooksService {
  constructor(private readonly lanes: RedisLanes) {}

  async books(app: string): Promise<Books> {
    return (await this.count(app)).books;
  }

  async count(app: string): Promise<Counted> {
    const replies = await Promise.all(ALL_PARTITIONS.map((p) => this.lanes.facts.run(BOOKS, p, [app])));
    const sums = [0, 0, 0, 0, 0, 0, 0, 0];
    for (const reply of replies) {
      listOf(reply).forEach((value, index) => {
        sums[index] = (sums[index] ?? 0) + Number(value);
      });
    }
    const [accepted = 0, acked = 0, expired = 0, cancelled = 0, dead = 0, unguarded = 0, counted = 0, offline = 0] =
      sums;
    const pending = accepted - acked - expired - cancelled - dead - unguarded;
    const difference = pending - counted;
    return { books: { accepted, acked, expired, cancelled, dead, unguarded, pending, counted, difference }, offline };
  }
}
