import { Injectable } from '@nestjs/common';
import { ALL_PARTITIONS } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { listOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';

/** Deliveries of an app by outcome. */
export interface Books {
  readonly accepted: number;
  readonly acked: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly dead: number;
  /** Deliveries with `ack: none`: stored, never ended. */
  readonly unguarded: number;
  /** `accepted` minus all the other counters. */
  readonly pending: number;
  /** Open deliveries, counted one by one in the topics. */
  readonly counted: number;
  /** `pending` minus `counted`; anything but 0 is a fault. */
  readonly difference: number;
}

/** Books, and the number of counted deliveries whose topic has nobody connected. */
export interface Counted {
  readonly books: Books;
  readonly offline: number;
}

const FIELDS = ['accepted', 'acked', 'expired', 'cancelled', 'dead', 'unguarded', 'counted', 'offline'] as const;
type Counts = Readonly<Record<(typeof FIELDS)[number], number>>;

const script = scriptsOf(import.meta.url);
const BOOKS = script(
  'books',
  ({ app }: { app: string }) => [app],
  (reply) => countsOf((index) => Number(listOf(reply)[index])),
);

const countsOf = (count: (index: number) => number): Counts =>
  Object.fromEntries(FIELDS.map((field, index) => [field, count(index)])) as Counts;

/** Proves that no delivery was lost silently. */
@Injectable()
export class BooksService {
  constructor(private readonly lanes: RedisLanes) {}

  async books(app: string): Promise<Books> {
    return (await this.count(app)).books;
  }

  async count(app: string): Promise<Counted> {
    const parts = await Promise.all(ALL_PARTITIONS.map((p) => this.lanes.facts.run(BOOKS, p, { app })));
    const sums = countsOf((index) => parts.reduce((sum, part) => sum + part[FIELDS[index] ?? 'offline'], 0));
    const { offline, counted, ...books } = sums;
    const pending = books.accepted - books.acked - books.expired - books.cancelled - books.dead - books.unguarded;
    return { books: { ...books, pending, counted, difference: pending - counted }, offline };
  }
}
