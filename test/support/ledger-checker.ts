import type { Delivery, Hole, Ledger, Publication, Subscription } from './ledger.js';
import type { Books } from './rest-types.js';

/** Verdict on a run, with one line per fault. All lists are empty if every promise was kept. */
export interface Verdict {
  /** Notifications accepted and owed to a session, but neither seen by it nor ended otherwise. */
  lost: string[];
  /**
   * Notifications seen by a client although nobody published them, or although they were refused.
   */
  phantom: string[];
  /**
   * Notifications handled more than once by one client's application, or created twice for one
   * idempotency key.
   */
  duplicates: string[];
  /**
   * First deliveries after a later offset of the same topic and session, and later POSTs before
   * earlier ones.
   */
  disorder: string[];
  /**
   * Offsets below the highest seen by a session that came neither as a notification nor in a gap.
   */
  untold: string[];
}

/** Judges a finished run. A pure function of the ledger. */
export function checkLedger(ledger: Ledger): Verdict {
  const tracks = tracksOf(ledger);
  return {
    lost: findLost(ledger, tracks),
    phantom: findPhantom(ledger),
    duplicates: [...findDuplicates(ledger.deliveries), ...findDoubled(ledger)],
    disorder: [...[...tracks.values()].flatMap(findDisorder), ...findOvertaken(ledger.publications)],
    untold: [...tracks.values()].flatMap(findUntold),
  };
}

/** Counts redelivered notifications, which are no fault but worth knowing. */
export function countRedelivered(ledger: Ledger): number {
  return ledger.deliveries.filter(({ outcome }) => outcome === 'duplicate').length;
}

/**
 * Counts publications without an answer that arrived nevertheless. That is no fault, because
 * `unknown` allows both.
 */
export function countRecovered({ publications, deliveries }: Ledger): number {
  const seen = new Set(deliveries.map(({ mark }) => mark));
  return publications.filter(({ outcome, mark }) => outcome === 'unknown' && seen.has(mark)).length;
}

/**
 * Compares the server's books with themselves and with the answers to publishers; one line for each
 * fault.
 */
export function checkBooks({ publications }: Ledger, books: Books): string[] {
  const { accepted, acked, expired, cancelled, dead, pending, unguarded, difference } = books;
  const faults: string[] = [];
  const ends = acked + expired + cancelled + dead + pending + unguarded;
  if (accepted !== ends) faults.push(`accepted ${accepted}, ended or pending ${ends}`);
  if (difference !== 0) faults.push(`pending ${pending}, counted ${books.counted}`);
  const told = deliveriesTold(publications);
  const unknown = publications.filter(({ outcome }) => outcome === 'unknown').length;
  if (accepted < told) faults.push(`accepted ${accepted}, publishers were told of ${told}`);
  if (unknown === 0 && accepted > told)
    faults.push(`accepted ${accepted}, publishers were told of no more than ${told}`);
  return faults;
}

function deliveriesTold(publications: readonly Publication[]): number {
  const told = publications.flatMap(({ outcome, id, targets = [] }) =>
    outcome === 'accepted' ? targets.map(({ topic }) => `${id} ${topic}`) : [],
  );
  return new Set(told).size;
}

/** History of one session in one topic under one epoch. */
interface Track extends Place {
  name: string;
  cursor: number;
  deliveries: Delivery[];
  /** Ids that the session has handled in the topic, under any epoch. */
  handled: Set<string>;
  holes: Hole[];
}

type Place = Pick<Subscription, 'session' | 'topic' | 'epoch'>;

function tracksOf(ledger: Ledger): Map<string, Track> {
  const tracks = new Map<string, Track>();
  const handled = new Map<string, Set<string>>();
  const handledBy = (member: string): Set<string> => {
    const ids = handled.get(member) ?? new Set<string>();
    handled.set(member, ids);
    return ids;
  };
  const open = ({ session, topic, epoch }: Place, cursor: number): Track => {
    const name = `${topic}@${epoch} of ${session}`;
    const known = tracks.get(name);
    if (known) return known;
    const track: Track = {
      name,
      session,
      topic,
      epoch,
      cursor,
      deliveries: [],
      handled: handledBy(`${topic} of ${session}`),
      holes: [],
    };
    tracks.set(name, track);
    return track;
  };
  for (const subscription of ledger.subscriptions) open(subscription, subscription.cursor);
  for (const delivery of ledger.deliveries) {
    const track = open(delivery, delivery.offset - 1);
    track.deliveries.push(delivery);
    if (delivery.outcome !== 'failed') track.handled.add(delivery.id);
  }
  for (const hole of ledger.holes) open(hole, hole.from - 1).holes.push(hole);
  return tracks;
}

function findLost(ledger: Ledger, tracks: Map<string, Track>): string[] {
  const owed = new Map<string, Track[]>();
  for (const track of tracks.values()) {
    const { session, topic, epoch } = track;
    if (ledger.left.has(session)) continue;
    const key = `${topic}@${epoch}`;
    const tracksOfTopic = owed.get(key);
    if (tracksOfTopic) tracksOfTopic.push(track);
    else owed.set(key, [track]);
  }
  const lost: string[] = [];
  for (const { outcome, id = '', mark, targets = [] } of ledger.publications) {
    if (outcome !== 'accepted' || ledger.ended.has(id)) continue;
    for (const { topic, epoch, offset } of targets) {
      for (const track of owed.get(`${topic}@${epoch}`) ?? []) {
        if (offset > track.cursor && !track.handled.has(id)) lost.push(`${id} (${mark}) at ${offset} in ${track.name}`);
      }
    }
  }
  return lost;
}

function findPhantom({ publications, deliveries }: Ledger): string[] {
  const accepted = new Set(publications.filter(({ outcome }) => outcome === 'accepted').map(({ id }) => id));
  const unknown = new Set(publications.filter(({ outcome }) => outcome === 'unknown').map(({ mark }) => mark));
  return deliveries
    .filter(({ id, mark }) => !accepted.has(id) && !(mark !== undefined && unknown.has(mark)))
    .map(({ id, mark, client }) => `${id} (${mark}) at ${client}`);
}

function findDuplicates(deliveries: readonly Delivery[]): string[] {
  const times = new Map<string, number>();
  for (const { client, id, outcome } of deliveries) {
    if (outcome === 'handled') times.set(`${id} at ${client}`, (times.get(`${id} at ${client}`) ?? 0) + 1);
  }
  return [...times].filter(([, count]) => count > 1).map(([name, count]) => `${name}: ${count} times`);
}

/** Finds marks with several ids. Marks are idempotency keys, so each may have only one. */
function findDoubled({ publications, deliveries }: Ledger): string[] {
  const ids = new Map<string, Set<string>>();
  const note = (mark: string | undefined, id: string | undefined): void => {
    if (mark === undefined || id === undefined) return;
    const known = ids.get(mark);
    if (known) known.add(id);
    else ids.set(mark, new Set([id]));
  };
  for (const { mark, id } of publications) note(mark, id);
  for (const { mark, id } of deliveries) note(mark, id);
  return [...ids].filter(([, { size }]) => size > 1).map(([mark, found]) => `${mark} is ${[...found].join(' and ')}`);
}

/**
 * Finds notifications that overtook another one. A notification sent after the answer to another
 * must have a higher offset in the same topic.
 */
function findOvertaken(publications: readonly Publication[]): string[] {
  const byTopic = new Map<string, { mark: string; offset: number; startedAtMs: number; endedAtMs: number }[]>();
  for (const { outcome, mark, targets = [], startedAtMs, endedAtMs } of publications) {
    if (outcome !== 'accepted' || startedAtMs === undefined || endedAtMs === undefined) continue;
    for (const { topic, epoch, offset } of targets) {
      const key = `${topic}@${epoch}`;
      const entry = { mark, offset, startedAtMs, endedAtMs };
      const others = byTopic.get(key);
      if (others) others.push(entry);
      else byTopic.set(key, [entry]);
    }
  }
  return [...byTopic].flatMap(([name, entries]) => {
    const ended = entries.toSorted((a, b) => a.endedAtMs - b.endedAtMs).values();
    let earlier = ended.next();
    let highest = { mark: '', offset: 0 };
    return entries
      .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
      .flatMap(({ mark, offset, startedAtMs }) => {
        for (; !earlier.done && earlier.value.endedAtMs < startedAtMs; earlier = ended.next()) {
          if (earlier.value.offset > highest.offset) highest = earlier.value;
        }
        return highest.offset > offset ? [`${mark} at ${offset} before ${highest.mark} in ${name}`] : [];
      });
  });
}

function findDisorder({ name, deliveries }: Track): string[] {
  let last = 0;
  const faults: string[] = [];
  for (const { offset, attempt } of deliveries) {
    if (attempt !== 1) continue;
    if (offset <= last) faults.push(`${offset} after ${last} in ${name}`);
    last = Math.max(last, offset);
  }
  return faults;
}

function findUntold({ name, cursor, deliveries, holes }: Track): string[] {
  const told = new Set(deliveries.map(({ offset }) => offset));
  for (const { from, to } of holes) for (let offset = from; offset <= to; offset += 1) told.add(offset);
  const highest = [...told].reduce((high, offset) => Math.max(high, offset), cursor);
  const faults: string[] = [];
  for (let offset = cursor + 1; offset <= highest; offset += 1) {
    if (!told.has(offset)) faults.push(`${offset} in ${name}`);
  }
  return faults;
}
