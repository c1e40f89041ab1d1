/** A state of the connection. */
export type State = 'connecting' | 'open' | 'waiting' | 'suspended' | 'closed';

/** An event in the life of a connection. */
export type Happening =
  /** The application asks for a connection. */
  | 'connect'
  /** The application wants a new socket at once. */
  | 'reconnect'
  /** The server has greeted. */
  | 'welcomed'
  /** The socket is gone or silent, or could not be opened; a quick try is left. */
  | 'lost'
  /** The same, and the quick tries are used up. */
  | 'spent'
  /** It cannot get better by itself. */
  | 'refused'
  /** The wait is over, or the browser says that the network is back or the page is looked at. */
  | 'wake'
  /** The application has had enough. */
  | 'close';

/** A step on the way into a state. */
export type Effect =
  /** Let go of the socket and of everything that watches it. */
  | 'drop'
  /** Ask for a token, open a socket, say hello. */
  | 'dial'
  /** Set the alarm for the next try. */
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
 * The whole life of a connection; what is not in here does not happen. The drawing in docs/client-sdk.md shows the same
 * edges, and a test compares the two.
 */
export const TRANSITIONS: Readonly<Record<State, Steps>> = {
  closed: { connect: 'connecting', reconnect: 'connecting' },
  connecting: { ...ACTIVE, welcomed: 'open' },
  open: ACTIVE,
  waiting: PAUSED,
  suspended: PAUSED,
};

/** The steps on the way into each state, in this order, from wherever it is entered. */
export const EFFECTS: Readonly<Record<State, readonly Effect[]>> = {
  closed: ['drop'],
  connecting: ['drop', 'dial'],
  open: [],
  waiting: ['drop', 'wait'],
  suspended: ['drop', 'wait'],
};
