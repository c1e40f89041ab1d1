import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { seededRandom } from '../support/seeded-random.js';

/** Direction of data. `up`: from the side that connected; `down`: back to it. */
export type Direction = 'up' | 'down';

export interface ProxyTarget {
  readonly host?: string;
  readonly port: number;
}

export interface Weather {
  /** Delay of every chunk, for each direction. */
  delayMs: number;
  /** Maximum deviation of the delay; the order is kept. */
  jitterMs: number;
  /** Directions in which nothing passes. Held data arrives later, like retransmitted packets. */
  silent: readonly Direction[];
  /** True to reset new connections at once. */
  refusing: boolean;
  /** Limits all of this to connections whose client sent this text within its first 2 KiB. */
  only: string;
}

const FAIR: Weather = { delayMs: 0, jitterMs: 0, silent: [], refusing: false, only: '' };
const GREETING_BYTES = 2_048;

/** TCP proxy that degrades the network, reproducibly for a seed. */
export class TcpProxy {
  private weather: Weather = FAIR;
  private readonly links = new Set<Link>();

  private constructor(
    private readonly server: Server,
    private readonly random: () => number,
  ) {}

  static async start(target: ProxyTarget, seed = 1): Promise<TcpProxy> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    const proxy = new TcpProxy(server, seededRandom(seed));
    server.on('connection', (socket) => proxy.accept(socket, target));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.links.size;
  }

  /** Sets the faults for existing and new connections; omitted ones end. */
  set(weather: Partial<Weather>): void {
    this.weather = { ...FAIR, ...weather };
    for (const link of this.links) link.flow();
  }

  /**
   * Resets connections (RST, no goodbye).
   * @param share share of the matching connections, 0 to 1.
   * @param saying limits the reset to connections whose client sent this text within its first 2
   * KiB.
   * @returns the number of reset connections.
   */
  reset(share = 1, saying = ''): number {
    const hit = [...this.links].filter((link) => link.greeting.includes(saying) && this.random() < share);
    for (const link of hit) link.reset();
    return hit.length;
  }

  async stop(): Promise<void> {
    for (const link of this.links) link.reset();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(socket: Socket, { host = '127.0.0.1', port }: ProxyTarget): void {
    if (this.weather.refusing) {
      socket.on('error', () => undefined);
      socket.resetAndDestroy();
      return;
    }
    const upstream = connect({ host, port, noDelay: true, allowHalfOpen: true });
    const link: Link = new Link(socket, upstream, {
      weather: () => (link.greeting.includes(this.weather.only) ? this.weather : FAIR),
      random: this.random,
      ended: () => this.links.delete(link),
    });
    this.links.add(link);
  }
}

interface Surroundings {
  weather(): Weather;
  random(): number;
  ended(): void;
}

/** Connection through the proxy, with one lane per direction. */
class Link {
  greeting = '';
  private readonly lanes: readonly Lane[];
  private readonly sockets: readonly Socket[];

  constructor(
    client: Socket,
    upstream: Socket,
    private readonly around: Surroundings,
  ) {
    this.sockets = [client, upstream];
    client.on('data', (chunk: Buffer) => {
      if (this.greeting.length < GREETING_BYTES) this.greeting += chunk.toString('latin1');
    });
    this.lanes = [new Lane('up', client, upstream, around), new Lane('down', upstream, client, around)];
    for (const socket of this.sockets) {
      socket.on('error', () => this.reset());
      socket.on('close', () => {
        if (this.sockets.every(({ destroyed }) => destroyed)) around.ended();
      });
    }
  }

  flow(): void {
    for (const lane of this.lanes) lane.flow();
  }

  reset(): void {
    for (const lane of this.lanes) lane.stop();
    for (const socket of this.sockets) if (!socket.destroyed) socket.resetAndDestroy();
    this.around.ended();
  }
}

interface Parcel {
  readonly due: number;
  /** Data, or undefined at the end of the stream. */
  readonly chunk?: Buffer;
}

/** Direction of a link. Data waits until it is due and the direction is open. */
class Lane {
  private readonly parcels: Parcel[] = [];
  private timer?: NodeJS.Timeout;
  private lastDue = 0;

  constructor(
    private readonly direction: Direction,
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly around: Surroundings,
  ) {
    from.on('data', (chunk: Buffer) => this.take(chunk));
    from.on('end', () => this.take());
    to.on('drain', () => from.resume());
  }

  stop(): void {
    clearTimeout(this.timer);
    this.parcels.length = 0;
  }

  /** Passes on the data that is due. */
  flow(): void {
    clearTimeout(this.timer);
    if (this.around.weather().silent.includes(this.direction)) {
      this.from.pause();
      return;
    }
    this.from.resume();
    const now = performance.now();
    while (this.parcels[0] && this.parcels[0].due <= now) this.hand(this.parcels.shift()!);
    const [next] = this.parcels;
    if (next) this.timer = setTimeout(() => this.flow(), next.due - now);
  }

  private take(chunk?: Buffer): void {
    const { delayMs, jitterMs } = this.around.weather();
    const wait = delayMs + jitterMs * (2 * this.around.random() - 1);
    this.lastDue = Math.max(this.lastDue, performance.now() + wait);
    this.parcels.push({ due: this.lastDue, chunk });
    this.flow();
  }

  private hand({ chunk }: Parcel): void {
    if (this.to.destroyed) return;
    if (chunk === undefined) this.to.end();
    else if (!this.to.write(chunk)) this.from.pause();
  }
}
