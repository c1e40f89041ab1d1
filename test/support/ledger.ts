/** Answer to a publisher about one notification, for each target. */
export interface Publication {
  /** Mark in the data, so that an unknown outcome can be recognized on arrival. */
  mark: string;
  outcome: 'accepted' | 'refused' | 'unknown';
  id?: string;
  targets?: readonly { topic: string; epoch: string; offset: number }[];
  /** Times of the first request and of the definite answer, in ms of one clock. */
  startedAtMs?: number;
  endedAtMs?: number;
}

/** Notification as it came over the wire to a session. */
export interface Delivery {
  client: string;
  session: string;
  topic: string;
  epoch: string;
  offset: number;
  id: string;
  mark?: string;
  attempt: number;
  /**
   * `handled`: the application accepted it; `failed`: it threw; `duplicate`: seen before, hidden
   * from the application.
   */
  outcome: 'handled' | 'failed' | 'duplicate';
  /** Time of arrival, by the same clock as the publications. */
  atMs?: number;
}

/** Offsets that the server reported in a gap. */
export interface Hole {
  session: string;
  topic: string;
  epoch: string;
  from: number;
  to: number;
  reason: string;
}

/** A session's place in a topic when it was (re)subscribed. */
export interface Subscription {
  session: string;
  topic: string;
  epoch: string;
  cursor: number;
}

/** Receives the events of a client as they happen. */
export interface Notes {
  readonly deliveries: { push(delivery: Delivery): unknown };
  readonly holes: { push(hole: Hole): unknown };
  readonly subscriptions: { push(subscription: Subscription): unknown };
  readonly left: { add(session: string): unknown };
}

/** Record of a run, written by publishers and clients without the server. */
export class Ledger implements Notes {
  readonly publications: Publication[] = [];
  readonly deliveries: Delivery[] = [];
  readonly holes: Hole[] = [];
  readonly subscriptions: Subscription[] = [];
  /** Sessions that were replaced or left on purpose, so nothing is owed to them. */
  readonly left = new Set<string>();
  /** Ids of notifications that ended expired, cancelled or dead: a gap is correct for them. */
  readonly ended = new Set<string>();
}
