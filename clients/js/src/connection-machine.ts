/** State of a connection. */
export type State = 'connecting' | 'open' | 'waiting' | 'suspended' | 'closed';

/** Event in the life of a connection. */
export type Happening =
  /** The application asks for a connection. */
  | 'connect'
  /** The application wants a new socket at once. */
  | 'reconnect'
  /** The server sent its welcome. */
  | 'welcomed'
  /** The socket is gone or silent, or could not be opened; quick attempts remain. */
  | 'lost'
  /** The same, and the quick attempts are used up. */
  | 'spent'
  /** Coming back makes no sense. */
  | 'refused'
  /** The wait is over, the browser is online again, or the page is visible again. */
  | 'wake'
  /** The application closes the connection. */
  | 'close';

/** Step taken on entry to a state. */
export type Effect =
  /** Lets go of the socket and of everything that watches it. */
  | 'drop'
  /** Gets a token, opens a socket and sends the hello. */
  | 'dial'
  /** Sets the timer for the next attempt. */
  | 'wait';

type Steps = Readonly<Partial<Record<Happening, State>>>;

const PAUSED: Steps = { wake: 'connecting', connect: 'connecting', reconnect: 'connecting', close: 'closed' };
const ACTIVE: Steps = {
  lost: 'waiting',
  spent: 'suspended',
  refused: 'closed',
  reconnect: 'connecting',
  close: 'closed',
};

/**
 * Whole life of a connection; an event without a row changes nothing. The diagram in
 * docs/client-sdk.md shows the same edges, and a test compares the two.
 */
export const TRANSITIONS: Readonly<Record<State, Steps>> = {
  closed: { connect: 'connecting', reconnect: 'connecting' },
  connecting: { ...ACTIVE, welcomed: 'open' },
  open: ACTIVE,
  waiting: PAUSED,
  suspended: PAUSED,
};

/** Steps taken on entry to each state, in this order. */
export const EFFECTS: Readonly<Record<State, readonly Effect[]>> = {
  closed: ['drop'],
  connecting: ['drop', 'dial'],
  open: [],
  waiting: ['drop', 'wait'],
  suspended: ['drop', 'wait'],
};
