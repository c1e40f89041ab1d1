import { Postrider, type PostriderError, type PostriderOptions, type StateChange } from '@postrider/client';
import { WebSocket } from 'ws';
import type { PostriderRig } from './postrider-rig.js';
import type { TokenClaims } from './tokens.js';
import { until } from './wait.js';

/** SDK client that uses all nodes of a rig in turn, as behind a load balancer. */
export class SdkClient {
  readonly client: Postrider;
  readonly states: StateChange[] = [];
  readonly errors: PostriderError[] = [];
  /** `data` of the handled notifications, in order. */
  readonly handled: unknown[] = [];
  /** Number of opened sockets. */
  connections = 0;
  /** Number of calls of `token()`. */
  tokensAsked = 0;
  private static made = 0;

  constructor(rig: PostriderRig, user: string, claims: TokenClaims = {}, options: Partial<PostriderOptions> = {}) {
    const first = SdkClient.made++;
    const next = (): string => rig.server((first + this.connections++) % rig.servers.length).socketUrl;
    class InTurn extends WebSocket {
      constructor(_: string, protocols?: string) {
        super(next(), protocols);
      }
    }
    this.client = new Postrider({
      url: rig.server().url,
      token: () => {
        this.tokensAsked += 1;
        return rig.tokens.sign(user, claims);
      },
      WebSocket: InTurn,
      backoff: { baseMs: 100, capMs: 1_000, maxTries: 60 },
      ...options,
    });
    this.client.on('state', (change) => this.states.push(change));
    this.client.on('error', (error) => this.errors.push(error));
  }

  /** Adds a handler that records personal notifications. */
  listen(): this {
    this.client.on('notification', ({ data }) => void this.handled.push(data));
    return this;
  }

  async open(): Promise<this> {
    await until(() => this.client.state === 'open', { timeoutMs: 20_000 });
    return this;
  }
}
