import { signal } from '@preact/signals';
import { type Message, Postrider, type State, type StateChange, type Subscription } from '@postrider/client';
import { Api } from '../api';
import { messageOf } from '../key';
import { FrameLog } from '../frame-log';
import type { Credentials } from '../route';
import { reasonOf } from '../reason';
import { recall, remember } from '../memory';
import { freshStage } from '../stage';
import { Arrivals } from './arrivals';
import { Sendings } from './sendings';
import { addressOf } from '../../shared/address.js';

/** Owner of the socket, according to the server. */
export interface Facts {
  user: string;
  session: string;
  node: string;
  resumed: boolean;
}

const TOPICS = 'topics';

/**
 * Reads the user from a token, because a session belongs to a user. Only the server can verify it.
 */
function userOf(token: string): string {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { sub } = JSON.parse(atob(payload)) as { sub?: unknown };
    return String(sub);
  } catch {
    return 'unknown';
  }
}

/** Client with the reader's own token, and REST with their own key; both stay in this tab. */
export class Playground {
  readonly token = signal(recall('token') ?? '');
  readonly key = signal(recall('key') ?? '');
  readonly state = signal<State>('closed');
  readonly notice = signal('');
  readonly facts = signal<Facts | undefined>(undefined);
  readonly topics = signal<readonly string[]>([]);
  readonly log = new FrameLog();
  readonly sendings = new Sendings(new Api(() => this.key.value.trim()));
  readonly arrivals = new Arrivals((id) => void this.sendings.refresh(id));
  private client: Postrider | undefined;
  /** Subscribed topics, which survive a reload. */
  private named = new Set<string>();

  /** Connects if a token is stored. */
  start(): void {
    if (this.token.value === '' || this.client !== undefined) return;
    this.connect();
    const topics = JSON.parse(recall(TOPICS) ?? '[]') as string[];
    // The client's error event reports a topic that is no longer allowed.
    for (const topic of topics)
      void this.listen(topic).then(
        () => this.named.add(topic),
        () => {},
      );
  }

  take({ token, key }: Credentials): void {
    if (key !== null) this.keep('key', key);
    if (token === null) return;
    this.keep('token', token);
    this.connect();
  }

  /**
   * Connects as a new guest with its own token and key.
   * @throws ApiError if the demo is off.
   */
  async beGuest(): Promise<void> {
    const { apiKey, people } = await freshStage();
    this.take({ token: people.guest.token, key: apiKey });
  }

  keep(name: 'token' | 'key', value: string): void {
    this[name].value = value;
    remember(name, value);
  }

  connect(): void {
    this.client?.close();
    this.topics.value = [];
    this.named.clear();
    const token = this.token.value.trim();
    const client = new Postrider({
      url: addressOf('/ws'),
      token: () => token,
      ack: 'manual',
      seen: 'tab',
      clientName: `playground.${userOf(token)}`,
      onFrame: (direction, frame) => this.log.add(direction, frame),
    });
    this.client = client;
    const whileCurrent =
      <T>(work: (data: T) => void) =>
      (data: T): void => {
        if (this.client === client) work(data);
      };
    client.on(
      'state',
      whileCurrent((change) => this.show(change)),
    );
    client.on(
      'error',
      whileCurrent(({ message }) => (this.notice.value = message)),
    );
    client.on(
      'welcome',
      whileCurrent(({ user, session, node, resumed }) => {
        this.facts.value = { user, session, node, resumed };
      }),
    );
    client.on(
      'notification',
      whileCurrent((message: Message) => this.arrivals.arrive(message)),
    );
    client.on(
      'gap',
      whileCurrent((gap) => this.arrivals.close(gap)),
    );
    client.on(
      'subscribed',
      whileCurrent(({ topic }) => {
        this.topics.value = [...this.topics.value.filter((name) => name !== topic), topic];
      }),
    );
    client.on(
      'unsubscribed',
      whileCurrent(({ topic }) => {
        this.topics.value = this.topics.value.filter((name) => name !== topic);
      }),
    );
  }

  disconnect(): void {
    this.client?.close();
  }

  async subscribe(topic: string): Promise<Subscription> {
    if (this.state.value !== 'open') throw new Error('Not connected. Connect first.');
    const subscription = await this.listen(topic);
    this.named.add(topic);
    remember(TOPICS, JSON.stringify([...this.named]));
    return subscription;
  }

  private async listen(topic: string): Promise<Subscription> {
    if (this.client === undefined) throw new Error('Not connected. Connect first.');
    return this.client.subscribe(topic, (message) => this.arrivals.arrive(message));
  }

  private show(change: StateChange): void {
    this.state.value = change.state;
    this.notice.value = reasonOf(change);
  }
}

export const playground = new Playground();

/** Message below a form. */
export interface Answer {
  text: string;
  failed: boolean;
}

/** Runs a form's work and shows its result or its failure. */
export async function answerOf(work: () => Promise<string>): Promise<Answer> {
  try {
    return { text: await work(), failed: false };
  } catch (error) {
    return { text: messageOf(error), failed: true };
  }
}
