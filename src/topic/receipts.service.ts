import { Injectable } from '@nestjs/common';
import { partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { policyOf } from './entry-codec.js';
import type { AckPolicy, RecipientState } from '../contract/terms.js';
import { homeOf } from '../contract/notification-id.js';
import { listOf, pairsOf, rowsOf, stringsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';

export type DeliveryState = 'pending' | 'unguarded' | 'acked' | 'expired' | 'cancelled' | 'dead';
const STATE_OF: Readonly<Record<string, DeliveryState>> = {
  p: 'pending',
  u: 'unguarded',
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

const script = scriptsOf(import.meta.url);

const RECEIPTS = script(
  'receipts',
  ({ id, name }: { id: string; name: string }) => [id, name],
  (reply): Delivery | undefined => {
    const [record, ...counts] = listOf(reply);
    return toDelivery(pairsOf(record), counts.map(Number));
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
  (reply): Recipient[] =>
    rowsOf(reply, 4).map(([session = '', said, user, reason]) => ({
      session,
      state: said === 'acked' || said === 'refused' ? said : 'pending',
      ...(user && { user }),
      ...(reason && { reason }),
    })),
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

  /** Page of the recipients of a notification in a topic, by session id. */
  async recipients(
    id: string,
    delivery: Delivery,
    after: string,
    most: number,
    state?: RecipientState,
  ): Promise<Recipient[]> {
    return this.lanes.commit.run(RECIPIENTS, partitionOf(delivery.name), { delivery, id, after, most, state });
  }
}

function toDelivery(record: Map<string, string>, counts: number[]): Delivery | undefined {
  const offset = record.get('o');
  if (offset === undefined) return undefined;
  const number = (field: string): number => Number(record.get(field) ?? 0);
  const optional = <K extends string>(key: K, field: string): { [P in K]?: string } => {
    const value = record.get(field);
    return (value ? { [key]: value } : {}) as { [P in K]?: string };
  };
  const [recipients = 0, acked = 0, refused = 0] = counts;
  const left = number('ll');
  const ackedLate = number('A+');
  return {
    name: record.get('k') ?? '',
    state: STATE_OF[record.get('s') ?? ''] ?? 'pending',
    offset: Number(offset),
    epoch: record.get('e') ?? '',
    policy: policyOf(record.get('p') ?? ''),
    createdAtMs: number('t'),
    expiresAtMs: number('x'),
    ...(record.has('z') && { endedAtMs: number('z') }),
    attempts: Math.max(number('n'), number('on') > 0 || acked > 0 ? 1 : 0),
    online: number('on'),
    total: recipients + left + number('la') + number('lr'),
    acked: acked + ackedLate + number('la'),
    ackedLate,
    refused: refused + number('lr'),
    pending: recipients - acked - ackedLate - refused,
    left,
    ...optional('reason', 'rs'),
    ...optional('endedBy', 'by'),
    ...optional('type', 'ty'),
    ...optional('metadata', 'md'),
    ...optional('priority', 'pr'),
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
