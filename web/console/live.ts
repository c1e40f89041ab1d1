import { type Message, Postrider, type PostriderError, type State } from '@postrider/client';
import { signal } from '@preact/signals';
import { ApiError, onUnauthorized } from './api/call.js';
import { api } from './api/calls.js';
import { type InstallationSample, type NodeSample, SampleLog } from './lib/samples.js';
import { addressOf } from '../shared/address.js';

export const HOUR_MS = 3_600_000;
const TOPIC = 'system.samples';
/** Samples to rewind: enough for an hour of five nodes with a sample every five seconds. */
const REWIND = 5_000;
/** Pause between redraws, because many samples come at once after a rewind. */
const REDRAW_MS = 200;
const REDRAW_HOUR_MS = 2_000;
const TICK_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;

export interface LiveState {
  state: State;
  reason?: string;
  /** Time of the next attempt, by the page's clock. */
  retryAt?: number;
}

/** Samples of the last hour, filled by push. Read them after `liveVersion`. */
export const samples = new SampleLog(HOUR_MS);
/** Grows with every redraw. */
export const liveVersion = signal(0);
/** Grows with the redraws of the hour, which are rarer because they cost more. */
export const hourVersion = signal(0);
export const liveState = signal<LiveState>({ state: 'connecting' });

let client: Postrider | undefined;

/** Listens to the samples of all nodes. @returns a function that stops it. */
export function startLive(): () => void {
  // Nothing survives a reload: the last hour is requested again.
  const store = {};
  const backoff = { capMs: LONGEST_WAIT_MS, maxTries: Infinity };
  const mine = new Postrider({ url: addressOf('/ws'), token: socketToken, seen: 'tab', store, ack: 'auto', backoff });
  client = mine;
  mine.on('state', ({ state, reason, retryInMs }) => {
    liveState.value = {
      state,
      ...(reason !== undefined && { reason }),
      ...(retryInMs !== undefined && { retryAt: Date.now() + retryInMs }),
    };
  });
  mine.subscribe(TOPIC, take, { rewind: REWIND }).catch((error: PostriderError) => {
    if (client !== mine) return;
    // Without its only topic, the connection is useless but would look live.
    void mine.close();
    liveState.value = { state: 'closed', reason: error.message };
  });
  const ticking = setInterval(redraw, TICK_MS);
  return () => {
    clearInterval(ticking);
    mine.close();
    if (client === mine) client = undefined;
  };
}

/** Connects at once if the client has given up or is waiting. */
export function reconnect(): void {
  client?.reconnect();
}

/** Moment of the figures: now, or the last one before the push was lost. */
export function shownAt(): number {
  return liveState.peek().state === 'open' || heardAt === 0 ? Date.now() : heardAt;
}

let heardAt = 0;

function take(message: Message): void {
  const now = Date.now();
  heardAt = now;
  // Only the server publishes to this topic; unknown types are ignored.
  if (message.type === 'node.sample') samples.addNode(message.data as NodeSample, now);
  else if (message.type === 'installation.sample') samples.addInstallation(message.data as InstallationSample, now);
  redrawSoon ??= setTimeout(redraw, REDRAW_MS);
}

let hourDrawnAt = 0;
let redrawSoon: ReturnType<typeof setTimeout> | undefined;

/** Redraws also without samples, because a silent node eventually counts as gone. */
function redraw(): void {
  clearTimeout(redrawSoon);
  redrawSoon = undefined;
  const now = Date.now();
  samples.prune(now);
  liveVersion.value++;
  if (now - hourDrawnAt < REDRAW_HOUR_MS) return;
  hourDrawnAt = now;
  hourVersion.value++;
}

async function socketToken(): Promise<string> {
  try {
    const session = await api.session();
    if (!session) throw new ApiError(401, 'unauthorized', 'The console session has ended.');
    return session.token;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) onUnauthorized.listener();
    throw error;
  }
}
