import { jest } from '@jest/globals';
import {
  type Message,
  Postrider,
  type PostriderError,
  type PostriderOptions,
  type StateChange,
} from '@postrider/client';
import { ScriptedServer } from './scripted-server.js';

/** Client, its scripted server, and the events that it emitted. The test controls time. */
export class ClientRig {
  readonly server = new ScriptedServer();
  readonly states: StateChange[] = [];
  readonly errors: PostriderError[] = [];
  readonly handled: Message[] = [];
  /** Addresses at which the client asked for the reason of a refusal. */
  readonly whys: string[] = [];
  readonly client: Postrider;

  constructor(options: Partial<PostriderOptions> = {}, prepare?: (server: ScriptedServer) => void) {
    prepare?.(this.server);
    jest.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
      this.whys.push(String(url));
      return this.server.why();
    });
    const { WebSocket } = this.server;
    this.client = new Postrider({ url: 'http://localhost', token: () => 'opaque', WebSocket, ...options });
    this.client.on('state', (change) => this.states.push(change));
    this.client.on('error', (error) => this.errors.push(error));
  }

  /** Adds a handler that records notifications. */
  listen(): this {
    this.client.on('notification', (message) => void this.handled.push(message));
    return this;
  }

  get offsets(): number[] {
    return this.handled.map(({ offset }) => offset);
  }

  get codes(): string[] {
    return this.errors.map(({ code }) => code);
  }

  /** Waits between tries so far. */
  get waits(): number[] {
    return this.states.flatMap(({ retryInMs }) => retryInMs ?? []);
  }

  async pass(ms = 0): Promise<void> {
    await jest.advanceTimersByTimeAsync(ms);
  }
}

/** Creates a client and waits until it is open. */
export async function openRig(options: Partial<PostriderOptions> = {}): Promise<ClientRig> {
  const rig = new ClientRig(options);
  await rig.pass();
  if (rig.client.state !== 'open') throw new Error(`it is ${rig.client.state}: ${rig.codes.join()}`);
  return rig;
}

/** Stops time until the test advances it; promises still settle. */
export const stopTime = (): void => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
