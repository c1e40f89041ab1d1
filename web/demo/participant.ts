import { signal } from '@preact/signals';
import { type Message, Postrider, type State } from '@postrider/client';
import { Cable } from './cable';
import { FrameLog } from './frame-log';
import { reasonOf } from './reason';
import { type Count, Tally } from './tally';
import type { Person } from './stage';
import { addressOf } from '../shared/address.js';

export interface ParticipantOptions {
  person: Person;
  /** Maximum unacknowledged notifications per topic. */
  window: number;
}

/**
 * One side of a scene: a client with its own socket, and the actions of its buttons. It
 * acknowledges manually, so that acks can be paused.
 */
export class Participant {
  readonly user: string;
  readonly window: number;
  readonly client: Postrider;
  readonly state = signal<State>('connecting');
  readonly reason = signal('');
  readonly session = signal('');
  /** How often the session was resumed after a lost connection. */
  readonly resumed = signal(0);
  readonly offline = signal(false);
  readonly paused = signal(false);
  /** Acks of handled messages, held back by a pause. */
  readonly held = signal<readonly (() => void)[]>([]);
  readonly count = signal<Count>({ received: 0, twice: 0, unordered: 0 });
  /** Messages that expired or were dropped before delivery, by the server's gaps. */
  readonly gone = signal(0);
  readonly log = new FrameLog();
  private readonly cable = new Cable();
  private readonly tally = new Tally();

  constructor({ person, window }: ParticipantOptions) {
    this.user = person.user;
    this.window = window;
    this.client = new Postrider({
      url: addressOf('/ws'),
      token: () => person.token,
      window,
      ack: 'manual',
      seen: 'tab',
      store: {},
      backoff: { baseMs: 500, capMs: 4_000, maxTries: Infinity },
      clientName: 'demo',
      WebSocket: this.cable.WebSocket,
      onFrame: (direction, frame) => this.log.add(direction, frame),
    });
    this.client.on('state', (change) => {
      this.state.value = change.state;
      // While it tries again, the reader wants to know why.
      if (change.state !== 'connecting') this.reason.value = reasonOf(change);
    });
    this.client.on('welcome', ({ session, resumed }) => {
      this.session.value = session;
      if (resumed) this.resumed.value += 1;
    });
    this.client.on('gap', ({ from, to }) => (this.gone.value += to - from + 1));
    this.client.on('error', ({ code, message }) => (this.reason.value = `${code}: ${message}`));
  }

  /** Counts a notification and acknowledges it, now or when acks resume. */
  take(message: Message, known: () => void = () => {}): void {
    this.count.value = this.tally.add(message.topic, message.epoch, message.offset);
    const acknowledge = (): void => void message.ack().then(known, () => (this.reason.value = 'an ack was refused'));
    if (this.paused.value) this.held.value = [...this.held.value, acknowledge];
    else acknowledge();
  }

  pause(): void {
    this.paused.value = true;
  }

  /** Acknowledges the held messages. */
  resume(): void {
    this.paused.value = false;
    const held = this.held.value;
    this.held.value = [];
    for (const acknowledge of held) acknowledge();
  }

  /** Simulates a lost network: the socket ends and new ones fail. */
  cut(): void {
    this.offline.value = true;
    this.cable.sever();
  }

  plug(): void {
    this.cable.mend();
    this.offline.value = false;
    this.client.reconnect();
  }

  /** Ends the socket; the client comes back by itself. */
  kill(): void {
    this.client.reconnect();
  }
}
