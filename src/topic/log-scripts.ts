import type { Priority } from '../contract/terms.js';
import { isOne, listOf, pairsOf, rowsOf, stringsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';
import { type End, type EndingLimits, endsOf, limitArgs } from './ending.js';
import type { Terms } from './entry-codec.js';
import type { Landmark } from './topic-acks.js';

/** Notification to append; `body` as in `LogEntry`. */
export interface Append extends Terms {
  readonly id: string;
  readonly body: string;
  readonly collapseKey?: string;
  readonly priority?: Priority;
  /** Stored in the record for status answers if the id has only one record. */
  readonly type?: string;
  readonly metadata?: string;
}

/** Notifications to append to one topic. */
export interface Appends {
  readonly name: string;
  readonly mark: string;
  readonly items: readonly Append[];
  /** Entries of the items, with the mark. */
  readonly entries: readonly string[];
}

/** Outcome of an append to one topic. */
export interface Appending {
  readonly epoch: string;
  /** Sessions connected at the time of the append. */
  readonly online: number;
  /** Holder of the only connected session, if there is exactly one. */
  readonly at: string;
  readonly ended: readonly End[];
  readonly appended: Appended[];
}

export interface Appended {
  /** False if the topic refused it: it has too many open deliveries, or the append is void. */
  readonly stored: boolean;
  /** True if another request has taken its idempotency key. */
  readonly isVoid: boolean;
  /** False if it was already there. */
  readonly fresh: boolean;
  readonly offset: number;
  readonly epoch: string;
  /** Sessions connected at the time of the append. */
  readonly online: number;
  /** Time for which a guard job has to be added (ms by the clock of Redis). */
  readonly wakeAtMs?: number;
}

export interface LogRange {
  readonly epoch: string;
  readonly base: number;
  readonly head: number;
  readonly from: number;
  readonly entries: readonly string[];
}

/** State of a topic as one node has seen it. */
export interface LogView {
  readonly name: string;
  readonly head: number;
  /** Entry that must still be at its offset. */
  readonly landmark?: Landmark;
}

export interface Head {
  /** Epoch; '' if the topic does not exist. */
  readonly epoch: string;
  readonly head: number;
  /** True if a failover has lost entries that were seen. */
  readonly diverged: boolean;
}

export interface TopicInfo {
  readonly epoch: string;
  readonly base: number;
  readonly head: number;
  readonly members: number;
  readonly online: number;
  /** Deliveries that are guarded and have not ended. */
  readonly open: number;
  /** Connected sessions with node and user, if requested. */
  readonly live: ReadonlyMap<string, { node: string; user: string }>;
}

const script = scriptsOf(import.meta.url);

export const APPEND = script(
  'append',
  ({ name, mark, items, entries }: Appends) => {
    const args: string[] = [name, mark];
    items.forEach(({ ackWaitMs, maxAttempts, collapseKey = '', priority = '', type = '', metadata = '' }, index) => {
      args.push(entries[index] ?? '', `${ackWaitMs} ${maxAttempts}`, collapseKey, `${priority}\n${type}\n${metadata}`);
    });
    return args;
  },
  (reply): Appending => {
    const words = listOf(reply);
    const [epoch, online, at, wakeAt, ends] = words;
    const topic = { epoch: String(epoch), online: Number(online) };
    const appended: Appended[] = [];
    for (let i = FIRST_ITEM; i + 1 < words.length; i += 2) {
      appended.push(appendedOf(Number(words[i]), words[i + 1], topic, wakeAt === '' ? undefined : Number(wakeAt)));
    }
    return { ...topic, at: String(at), ended: endsOf(ends), appended };
  },
);

/** Words of a reply before those of its items. */
const FIRST_ITEM = 5;

function appendedOf(
  status: number,
  place: unknown,
  topic: { epoch: string; online: number },
  wakeAtMs: number | undefined,
): Appended {
  let { epoch, online } = topic;
  let offset = Number(place);
  if (status === 0) {
    const [first, before, numbering = epoch] = String(place).split(' ');
    [offset, online, epoch] = [Number(first), Number(before), numbering];
  }
  return {
    stored: status >= 0,
    isVoid: status === -2,
    fresh: status === 1,
    offset,
    epoch,
    online,
    ...(wakeAtMs !== undefined && { wakeAtMs }),
  };
}

export const READ = script(
  'read',
  (given: { name: string; from: number; most: number; mostBytes: number; upTo: number | undefined }) => [
    given.name,
    given.from,
    given.most,
    given.mostBytes,
    given.upTo ?? '',
  ],
  (reply): LogRange => {
    const [epoch, base, head, first, entries] = listOf(reply);
    return {
      epoch: String(epoch),
      base: Number(base),
      head: Number(head),
      from: Number(first),
      entries: stringsOf(entries),
    };
  },
);

/** Arguments for the seen state of a log, after its name. */
const seenArgs = ({ head, landmark }: LogView): [number, number, string] => [
  head,
  landmark?.offset ?? 0,
  landmark?.mark ?? '',
];

export const HEADS = script(
  'heads',
  ({ views }: { views: readonly LogView[] }) => views.flatMap((view) => [view.name, ...seenArgs(view)]),
  (reply): Head[] =>
    rowsOf(reply, 3).map(([epoch = '', head, diverged]) => ({
      epoch,
      head: Number(head),
      diverged: isOne(diverged),
    })),
);

export const RENUMBER = script(
  'renumber',
  ({ view, epoch, next }: { view: LogView; epoch: string; next: string }) => [
    view.name,
    epoch,
    next,
    ...seenArgs(view),
  ],
  String,
);

export const INFO = script(
  'info',
  ({ name, withLive }: { name: string; withLive: boolean }) => [name, withLive ? '1' : ''],
  (reply): TopicInfo => {
    const [epoch, base, head, members, online, live, open] = listOf(reply);
    return {
      epoch: String(epoch),
      base: Number(base),
      head: Number(head),
      members: Number(members),
      online: Number(online),
      open: Number(open),
      live: new Map([...pairsOf(live)].map(([session, at]) => [session, connectedOf(at)])),
    };
  },
);

/** Parses `<node> <user>` as `connect` in lua/include/members.lua writes it. */
function connectedOf(at: string): { node: string; user: string } {
  const space = at.indexOf(' ');
  return { node: at.slice(0, space), user: at.slice(space + 1) };
}

export const CANCEL = script(
  'cancel',
  ({ limits, id, name }: { limits: EndingLimits; id: string; name: string }) => [...limitArgs(limits), id, name],
  (reply) => {
    const [status, epoch, ends] = listOf(reply);
    return { status: Number(status), epoch: String(epoch), ended: endsOf(ends) };
  },
);
