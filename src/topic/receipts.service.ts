import { Injectable } from '@nestjs/common';
import { partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { decodeTerms } from './entry-codec.js';
import type { AckPolicy, RecipientState } from '../contract/terms.js';
import { homeOf } from '../contract/notification-id.js';
import { listOf, pairsOf, rowsOf, stringsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';

export type DeliveryState = 'pending' | 'unguarded' | 'acked' | 'expired' | 'cancelled' | 'dead';
const END_OF: Readonly<Record<string, DeliveryState>> = {
  a: 'acked',
  x: 'expired',
  c: 'cancelled',
  d: 'dead',
};

/** One notification in one topic, with its counts. */
export interface Delivery {
  readonly name: string;
  readonly state: DeliveryState;
  readonly offset: number;
  readonly epoch: string;
  readonly policy: AckPolicy;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly endedAtMs?: number;
  readonly reason?: string;
  /** Session whose ack ended it. */
  readonly endedBy?: string;
  readonly attempts: number;
  /** Sessions connected at the time of the append. */
  readonly online: number;
  readonly total: number;
  readonly acked: number;
  /** Acks that arrived after another session's ack had ended the delivery. */
  readonly ackedLate: number;
  readonly refused: number;
  readonly pending: number;
  /** Recipients whose session ended without acknowledging. */
  readonly left: number;
  readonly type?: string;
  readonly metadata?: string;
  readonly priority?: string;
  /** The latest events, oldest first. */
  readonly notes: readonly DeliveryNote[];
}

/** Event of a delivery between its append and its end. */
export interface DeliveryNote {
  readonly event: 'redelivered' | 'nacked';
  readonly atMs: number;
  readonly attempt: number;
  readonly reason?: string;
}

export interface Recipient {
  readonly session: string;
  readonly state: RecipientState;
  /** User of a refusal, stored because the session may be gone. */
  readonly user?: string;
  /** Reason that the client gave for refusing it. */
  readonly reason?: string;
}

/** Recipient, and its place in the order in which pages list them. */
export interface PlacedRecipient extends Recipient {
  readonly place: string;
}

export interface RecipientsPage {
  /** May be fewer than asked for, although more follow. */
  readonly items: readonly PlacedRecipient[];
  /** Place of the last one that was looked at, '' if there are no more. */
  readonly next: string;
}

const script = scriptsOf(import.meta.url);

const RECEIPTS = script(
  'receipts',
  ({ id, name }: { id: string; name: string }) => [id, name],
  (reply): Delivery | undefined => {
    const [record, ...counts] = listOf(reply);
    return deliveryOf(pairsOf(record), counts.map(Number));
  },
);

const RECIPIENTS = script(
  'recipients',
  (given: { delivery: Delivery; id: string; after: string; most: number; state: RecipientState | undefined }) => [
    given.delivery.name,
    given.delivery.epoch,
    given.delivery.offset,
    given.after,
    given.most,
    given.state ?? '',
    given.id,
  ],
  (reply): RecipientsPage => {
    const [next, ...words] = listOf(reply);
    const items = rowsOf(words, 5).map(([session = '', said, user, reason, place = '']): PlacedRecipient => ({
      session,
      state: said === 'acked' || said === 'refused' ? said : 'pending',
      ...(user && { user }),
      ...(reason && { reason }),
      place,
    }));
    return { items, next: String(next) };
  },
);

const MEMBERS = script(
  'members',
  ({ name, after, most }: { name: string; after: string; most: number }) => [name, after, most],
  stringsOf,
);

/** Receipts of deliveries: counted over the present members, and frozen when the delivery ends. */
@Injectable()
export class ReceiptsService {
  constructor(private readonly lanes: RedisLanes) {}

  /** Delivery of a notification in a topic; `undefined` if there is none, or no longer one. */
  delivery(id: string, name: string): Promise<Delivery | undefined> {
    return this.find(id, name, partitionOf(name));
  }

  /** The only delivery of an id of kind `s`. */
  onlyDelivery(id: string): Promise<Delivery | undefined> {
    return this.find(id, '', homeOf(id));
  }

  /** Sessions that belong to a topic, connected or not, by id. */
  async members(name: string, after: string, most: number): Promise<string[]> {
    return this.lanes.commit.run(MEMBERS, partitionOf(name), { name, after, most });
  }

  private async find(id: string, name: string, partition: number): Promise<Delivery | undefined> {
    return this.lanes.commit.run(RECEIPTS, partition, { id, name });
  }

  /**
   * Page of the recipients of a notification in a topic, in the order in which they joined.
   * @param after place of the last one of the page before, '' for the first page.
   */
  async recipients(
    id: string,
    delivery: Delivery,
    after: string,
    most: number,
    state?: RecipientState,
  ): Promise<RecipientsPage> {
    return this.lanes.commit.run(RECIPIENTS, partitionOf(delivery.name), { delivery, id, after, most, state });
  }
}

/** The `append` field of a record, as lua/include/record.lua writes it. */
const APPEND =
  /^(?<offset>\d+) (?<epoch>\S+) (?<online>\d+) (?<terms>\S+) \d+ (?<name>\S+)\n(?<priority>.*)\n(?<type>.*)\n(?<metadata>.*)$/;
/** Its `end` field. */
const END = /^(?<state>.) (?<atMs>\d+) (?<total>\d+) (?<acked>\d+) (?<refused>\d+) (?<why>.*)$/;

/** @param counts recipients, acks and refusals of a delivery that has not ended. */
function deliveryOf(record: ReadonlyMap<string, string>, counts: number[]): Delivery | undefined {
  const born = APPEND.exec(record.get('append') ?? '')?.groups;
  if (!born) return undefined;
  const { offset, epoch = '', online, terms = '', name = '', priority, type, metadata } = born;
  const end = END.exec(record.get('end') ?? '')?.groups;
  const number = (field: string): number => Number(record.get(field) ?? 0);
  const { policy, atMs, expiresAtMs } = decodeTerms(terms);
  const state = end ? END_OF[end['state'] ?? ''] : undefined;
  const frozen = end && [end['total'], end['acked'], end['refused']].map(Number);
  const [recipients = 0, acked = 0, refusedThen = 0] = frozen ?? counts;
  const refused = refusedThen + number('N+');
  const left = number('ll');
  const ackedLate = number('A+');
  return {
    name,
    state: state ?? (policy === 'none' ? 'unguarded' : 'pending'),
    offset: Number(offset),
    epoch,
    policy,
    createdAtMs: atMs,
    expiresAtMs,
    ...(end && { endedAtMs: Number(end['atMs']) }),
    attempts: Math.max(number('n'), Number(online) > 0 || acked > 0 ? 1 : 0),
    online: Number(online),
    total: recipients + left + number('la') + number('lr'),
    acked: acked + ackedLate + number('la'),
    ackedLate,
    refused: refused + number('lr'),
    pending: recipients - acked - ackedLate - refused,
    left,
    ...(end?.['why'] && { [state === 'acked' ? 'endedBy' : 'reason']: end['why'] }),
    ...(type && { type }),
    ...(metadata && { metadata }),
    ...(priority && { priority }),
    notes: notesOf(record.get('tl') ?? ''),
  };
}

/** Parses what `note` in lua/include/history.lua writes. */
function notesOf(lines: string): DeliveryNote[] {
  return lines.split('\n').flatMap((line) => {
    const [, kind, atMs, attempt, reason] = /^([rk]) (\d+) (\d+) (.*)$/.exec(line) ?? [];
    if (kind === undefined) return [];
    const event = kind === 'r' ? 'redelivered' : 'nacked';
    return { event, atMs: Number(atMs), attempt: Number(attempt), ...(reason && { reason }) } as const;
  });
}
