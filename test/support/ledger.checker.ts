import type { Delivery, Hole, Ledger, Subscription } from './ledger.js';

/** Each list holds one line for each fault; all empty means that every promise was kept. */
export interface Verdict {
  /** Accepted, owed to a session, never seen by it and not ended otherwise. */
  lost: string[];
  /** Seen by a client though nobody published it, or though it was refused. */
  phantom: string[];
  /** Handled more than once by the application of one client. */
  duplicates: string[];
  /** A first delivery behind a later offset of the same topic and session. */
  disorder: string[];
  /** Offsets below what a session has seen that came neither as notification nor in a gap. */
  untold: string[];
}

/** Judges a finished run. Pure: the same ledger, the same verdict. */
export function checkLedger(ledger: Ledger): Verdict {
  const tracks = tracksOf(ledger);
  return {
    lost: findLost(ledger, tracks),
    phantom: findPhantom(ledger),
    duplicates: findDuplicates(ledger.deliveries),
    disorder: [...tracks.values()].flatMap(findDisorder),
    untold: [...tracks.values()].flatMap(findUntold),
  };
}

/** How often something came over the wire again; not a fault, but worth knowing. */
export function countRedelivered(ledger: Ledger): number {
  return ledger.deliveries.filter(({ outcome }) => outcome === 'duplicate').length;
}

/** Everything that one session went through in one topic under one epoch. */
interface Track {
  name: string;
  session: string;
  cursor: number;
  deliveries: Delivery[];
  handled: Set<number>;
  holes: Hole[];
}

type Place = Pick<Subscription, 'session' | 'topic' | 'epoch'>;

function tracksOf(ledger: Ledger): Map<string, Track> {
  const tracks = new Map<string, Track>();
  const open = ({ session, topic, epoch }: Place, cursor: number): Track => {
    const name = `${topic}@${epoch} of ${session}`;
    const known = tracks.get(name);
    if (known) return known;
    const track: Track = { name, session, cursor, deliveries: [], handled: new Set(), holes: [] };
    tracks.set(name, track);
    return track;
  };
  for (const subscription of ledger.subscriptions) open(subscription, subscription.cursor);
  for (const delivery of ledger.deliveries) {
    const track = open(delivery, delivery.offset - 1);
    track.deliveries.push(delivery);
    if (delivery.outcome !== 'failed') track.handled.add(delivery.offset);
  }
  for (const hole of ledger.holes) open(hole, hole.from - 1).holes.push(hole);
  return tracks;
}

function findLost(ledger: Ledger, tracks: Map<string, Track>): string[] {
  const owed = new Map<string, Track[]>();
  for (const { session, topic, epoch } of uniquePlaces(ledger.subscriptions)) {
    const track = tracks.get(`${topic}@${epoch} of ${session}`);
    if (!track || ledger.left.has(session)) continue;
    const key = `${topic}@${epoch}`;
    owed.set(key, [...(owed.get(key) ?? []), track]);
  }
  const lost: string[] = [];
  for (const { outcome, id = '', mark, targets = [] } of ledger.publications) {
    if (outcome !== 'accepted' || ledger.ended.has(id)) continue;
    for (const { topic, epoch, offset } of targets) {
      for (const track of owed.get(`${topic}@${epoch}`) ?? []) {
        if (offset > track.cursor && !track.handled.has(offset))
          lost.push(`${id} (${mark}) at ${offset} in ${track.name}`);
      }
    }
  }
  return lost;
}

function uniquePlaces(subscriptions: readonly Subscription[]): Place[] {
  return [...new Map(subscriptions.map((place) => [`${place.session} ${place.topic} ${place.epoch}`, place])).values()];
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
