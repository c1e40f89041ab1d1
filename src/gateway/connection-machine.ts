/** State of a connection. */
export type State =
  /** Nobody knows yet whose it is. */
  | 'anonymous'
  /** A token has told whose it is. */
  | 'identified'
  /** It has a session. */
  | 'bound'
  /** The server has said goodbye; a session of it can be resumed. */
  | 'leaving'
  /** The server has said goodbye, and its session is another connection's, or has ended. */
  | 'released'
  /** The socket is gone. */
  | 'closed';

/** Event in the life of a connection. */
export type Happening =
  /** A token is accepted: the first one, or one that replaces it. */
  | 'identify'
  /** It gets a session: the first one, or another one. */
  | 'bind'
  /** The server ends the connection. */
  | 'dismiss'
  /** Its session was taken over or ended. */
  | 'release'
  /** The socket is closed. */
  | 'lose';

/** Step on the way into a state. */
export type Effect =
  /** Leave the topics, and let go of the session, which is not ours any more. */
  | 'release'
  /** Leave the topics, and store how far each was sent, so that the session can be resumed. */
  | 'suspend'
  /** Strike the connection from the registry. */
  | 'forget';

/** A transition. */
export interface Edge {
  readonly to: State;
  /** In this order, after the state has changed. */
  readonly effects: readonly Effect[];
}

const step = (to: State, ...effects: Effect[]): Edge => ({ to, effects });

/**
 * Whole life of a connection: what is not in here does not happen. The drawing in docs/architecture.md shows the same edges,
 * and a test compares the two.
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

/** States in which frames of the client are served and frames for it are written. */
export const OPEN_STATES: ReadonlySet<State> = new Set<State>(['anonymous', 'identified', 'bound']);
