import type { Access, Care } from './dialects/dialect.js';
import type { SystemName } from './dialects/dialects.js';

/** The system that a generator speaks to. */
export interface Target extends Access {
  readonly system: SystemName;
}

/** Users `<prefix>-0`, `<prefix>-1` … */
export interface Users {
  readonly prefix: string;
  readonly count: number;
}

export interface ConnectOrder {
  readonly users: Users;
  readonly topic?: string;
}

export interface ConnectReport {
  /** From the first connection attempt until the last handshake was through. */
  readonly tookMs: number;
}

/** To each user in turn, or to one topic that so many clients receive. */
export type Receivers = Users | { readonly topic: string; readonly subscribers: number };

/**
 * Closed loop: this many POSTs of `batch` messages in progress, each followed by the next once it
 * was answered and delivered. Or a fixed rate.
 */
/**
 * Closed or open loop; `batch` is the number of messages per POST, `perSecond` the number of POSTs.
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
  /** Share of the time in which its event loop was busy. */
  readonly utilisation: number;
  /** CPU time as a share of one core. */
  readonly cpuShare: number;
}

/** Connections lost since the last connect, and the reason of the first loss. */
export interface Losses {
  readonly dropped: number;
  readonly dropReason?: string;
}

export interface LoadReport extends Effort {
  /** Messages, each of them to one user or to all of a topic. */
  readonly published: number;
  readonly perSecond: number;
  /** Deliveries that were due, whenever they came. */
  readonly expected: number;
  readonly delivered: number;
  /** Deliveries within the time of the load. */
  readonly deliveredPerSecond: number;
  readonly lost: number;
  readonly twice: number;
  /** POSTs with another answer than 2xx, or none; the first one is told. */
  readonly refused: number;
  readonly refusal?: string;
  /** Microseconds from publish to arrival, a compressed HDR histogram. */
  readonly latency: string;
}

/** Stores messages for users who are not connected. */
export interface StoreOrder {
  readonly users: Users;
  readonly count: number;
  readonly care: Care;
}

export interface ReturnOrder {
  readonly users: Users;
  readonly perSecond: number;
  /** Load before all drop, and after the last may have come back. */
  readonly aroundMs: number;
  /** Each comes back after a random time below this. */
  readonly jitterMs: number;
  readonly seed: number;
}

export interface ReturnReport extends LoadReport, Losses {
  /** From the drop until the last client was connected again. */
  readonly allBackMs: number;
  /** From the drop until the last message came that was published while its user was away. */
  readonly caughtUpMs: number;
  /** Such messages. */
  readonly missed: number;
}

export type IdleReport = Effort & Losses;

/** Commands of a generator, with order and report. */
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
