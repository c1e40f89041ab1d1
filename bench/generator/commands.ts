import type { Access, Care } from './dialects/dialect.js';
import type { SystemName } from './dialects/dialects.js';

/** System that a generator speaks to. */
export interface Target extends Access {
  readonly system: SystemName;
}

/** Users named `<prefix>-0`, `<prefix>-1` … */
export interface Users {
  readonly prefix: string;
  readonly count: number;
}

export interface ConnectOrder {
  readonly users: Users;
  readonly topic?: string;
}

export interface ConnectReport {
  /** Time from the first connection attempt to the last completed handshake. */
  readonly tookMs: number;
}

/** Receivers of messages: each user in turn, or one topic with this many subscribers. */
export type Receivers = Users | { readonly topic: string; readonly subscribers: number };

/**
 * Closed loop with `inFlight` POSTs of `batch` messages, each followed by the next once it is
 * answered and delivered; or an open loop of `perSecond` POSTs.
 */
export type Pace = ({ readonly inFlight: number } | { readonly perSecond: number }) & { readonly batch?: number };

export interface LoadOrder {
  readonly to: Receivers;
  readonly pace: Pace;
  readonly care: Care;
  readonly durationMs: number;
}

/** Resources that the generator itself used. */
export interface Effort {
  /** Fraction of the time in which its event loop was busy. */
  readonly utilisation: number;
  /** CPU time as a fraction of one core. */
  readonly cpuShare: number;
}

/** Connections lost since the last connect, and the reason of the first loss. */
export interface Losses {
  readonly dropped: number;
  readonly dropReason?: string;
}

export interface LoadReport extends Effort {
  /** Messages, each to one user or to all subscribers of a topic. */
  readonly published: number;
  readonly perSecond: number;
  /** Number of deliveries that were due, whenever they came. */
  readonly expected: number;
  readonly delivered: number;
  /** Rate of deliveries within the time of the load. */
  readonly deliveredPerSecond: number;
  readonly lost: number;
  readonly twice: number;
  /** POSTs without a 2xx answer. The first one is reported. */
  readonly refused: number;
  readonly refusal?: string;
  /** Microseconds from publish to arrival, as a compressed HDR histogram. */
  readonly latency: string;
}

/** Order to store messages for users who are not connected. */
export interface StoreOrder {
  readonly users: Users;
  readonly count: number;
  readonly care: Care;
}

export interface ReturnOrder {
  readonly users: Users;
  readonly perSecond: number;
  /** Duration of the load before all drop, and after the last may have come back. */
  readonly aroundMs: number;
  /** Upper bound of the random time after which each comes back. */
  readonly jitterMs: number;
  readonly seed: number;
}

export interface ReturnReport extends LoadReport, Losses {
  /** Time from the drop until the last client was connected again. */
  readonly allBackMs: number;
  /** Time from the drop until the arrival of the last message published while its user was away. */
  readonly caughtUpMs: number;
  /** Number of messages published while their user was away. */
  readonly missed: number;
}

export type IdleReport = Effort & Losses;

/** Commands of a generator, each with its order and report. */
export interface Commands {
  connect: [order: ConnectOrder, report: ConnectReport];
  disconnect: [order: undefined, report: undefined];
  store: [order: StoreOrder, report: undefined];
  load: [order: LoadOrder, report: LoadReport & Losses];
  idle: [order: { readonly durationMs: number }, report: IdleReport];
  comeBack: [order: ReturnOrder, report: ReturnReport];
}

export type CommandName = keyof Commands;

/** Messages between the processes. */
export type Request = { [Name in CommandName]: { name: Name; order: Commands[Name][0] } }[CommandName];
export type Reply = { report: Commands[CommandName][1] } | { error: string };
