/** State of a connection. */
export type State =
  /** The user is not known yet. */
  | 'anonymous'
  /** A token has identified the user. */
  | 'identified'
  /** It has a session. */
  | 'bound'
  /** The server has said goodbye; its session can be resumed. */
  | 'leaving'
  /** The server has said goodbye, and its session belongs to another connection or has ended. */
  | 'released'
  /** The socket is gone. */
  | 'closed';

/** Event in the life of a connection. */
export type Happening =
  /** A token was accepted, the first one or a replacement. */
  | 'identify'
  /** It gets a session, the first one or another one. */
  | 'bind'
  /** The server ends the connection. */
  | 'dismiss'
  /** Its session was taken over or ended. */
  | 'release'
  /** The socket was closed. */
  | 'lose';

/** Action on the way into a state. */
export type Effect =
  /** Leaves the topics and releases the session, which is no longer ours. */
  | 'release'
  /** Leaves the topics and stores what was sent, so that the session can be resumed. */
  | 'suspend'
  /** Removes the connection from the registry. */
  | 'forget';

/** Transition to another state. */
export interface Edge {
  readonly to: State;
  /** Run in this order, after the state has changed. */
  readonly effects: readonly Effect[];
}

const step = (to: State, ...effects: Effect[]): Edge => ({ to, effects });

/**
 * All transitions of a connection; any other event is ignored. A test compares them with the
 * drawing in docs/architecture.md.
 */
export const TRANSITIONS: Readonly<Record<State, Readonly<Partial<Record<Happening, Edge>>>>> = {
  anonymous: { identify: step('identified'), dismiss: step('leaving'), lose: step('closed', 'forget') },
  identified: {
    identify: step('identified'),
    bind: step('bound'),
    dismiss: step('leaving'),
    lose: step('closed', 'forget'),
  },
  bound: {
    identify: step('bound'),
    bind: step('bound'),
    dismiss: step('leaving'),
    release: step('released', 'release'),
    lose: step('closed', 'suspend', 'forget'),
  },
  leaving: { release: step('released', 'release'), lose: step('closed', 'suspend', 'forget') },
  released: { lose: step('closed', 'forget') },
  closed: {},
};

/** States in which frames are served and written. */
export const OPEN_STATES: ReadonlySet<State> = new Set<State>(['anonymous', 'identified', 'bound']);
