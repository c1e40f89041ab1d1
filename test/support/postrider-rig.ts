import { randomBytes } from 'node:crypto';
import { FrameSocket, type OpenOptions } from './frame-socket.js';
import { Ledger } from './ledger.js';
import { RedisRig, type RedisOptions } from './redis-rig.js';
import { ReferenceClient, type ReferenceClientOptions } from './reference-client.js';
import { RestClient } from './rest-client.js';
import { ServerRig } from './server-rig.js';
import { TokenMint, type TokenClaims } from './tokens.js';

export interface RigOptions {
  /** Number of server processes on the one Redis. */
  nodes?: number;
  /** Settings of every server, in addition to the rig's own. */
  env?: Readonly<Record<string, string>>;
  redis?: RedisOptions;
  /** True for a separate admin port. */
  admin?: boolean;
}

export interface SocketOptions extends OpenOptions {
  node?: number;
  claims?: TokenClaims;
}

export interface ClientOptions extends Partial<Omit<ReferenceClientOptions, 'urls' | 'token'>> {
  /** Number of the node to start with; the others follow when a connection is lost. */
  node?: number;
  /** URL to use instead of the nodes themselves, such as a proxy's. */
  url?: string;
  claims?: TokenClaims;
}

/**
 * Complete Postrider for a test: Redis, server processes, publishers and clients. `close()` ends
 * all of it.
 */
export class PostriderRig {
  readonly apiKey = randomBytes(24).toString('hex');
  /** Key of the same app under another publisher's name. */
  readonly otherKey = randomBytes(24).toString('hex');
  /** Key of another tenant. */
  readonly foreignKey = randomBytes(24).toString('hex');
  readonly tokens = new TokenMint();
  readonly servers: ServerRig[] = [];
  readonly ledger = new Ledger();
  private readonly clients: ReferenceClient[] = [];
  private readonly sockets: FrameSocket[] = [];

  private constructor(
    readonly redis: RedisRig,
    private readonly env: Readonly<Record<string, string>>,
    private readonly admin: boolean,
  ) {}

  static async start({ nodes = 1, env = {}, redis = {}, admin = false }: RigOptions = {}): Promise<PostriderRig> {
    const rig = new PostriderRig(await RedisRig.start(redis), env, admin);
    try {
      const names = Array.from({ length: nodes }, (_, index) => `node-${index}`);
      const started = await Promise.allSettled(names.map((name) => rig.startServer(name)));
      for (const result of started) if (result.status === 'fulfilled') rig.servers.push(result.value);
      for (const result of started) if (result.status === 'rejected') throw result.reason;
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  async addServer(nodeId: string, env: Readonly<Record<string, string>> = {}): Promise<ServerRig> {
    const server = await this.startServer(nodeId, env);
    this.servers.push(server);
    return server;
  }

  server(node = 0): ServerRig {
    const server = this.servers[node];
    if (!server) throw new Error(`no server ${node}`);
    return server;
  }

  rest(node = 0, apiKey = this.apiKey): RestClient {
    return new RestClient(this.server(node).url, apiKey);
  }

  /** Creates a client that follows the protocol; it is not open yet. */
  client(user: string, { node = 0, url, claims, ...options }: ClientOptions = {}): ReferenceClient {
    const urls = url ? [url] : this.servers.map(({ socketUrl }) => socketUrl);
    const inTurn = [...urls.slice(node), ...urls.slice(0, node)];
    const token = (): Promise<string> => this.tokens.sign(user, claims);
    const backoff = { baseMs: 100, capMs: 1_000, maxTries: 60 };
    const client = new ReferenceClient({ name: user, ledger: this.ledger, backoff, ...options, urls: inTurn, token });
    this.clients.push(client);
    return client;
  }

  /** Opens a socket of the user, authenticated in the handshake; nothing is read from it yet. */
  async socket(user: string, { node = 0, claims, ...options }: SocketOptions = {}): Promise<FrameSocket> {
    return this.bareSocket({ node, token: await this.tokens.sign(user, claims), ...options });
  }

  /** Opens the same kind of socket at another URL, such as a proxy's. */
  async socketAt(url: string, user: string, { claims, ...options }: SocketOptions = {}): Promise<FrameSocket> {
    return this.open(url, { token: await this.tokens.sign(user, claims), ...options });
  }

  /** Opens a socket with nothing but the given options. */
  bareSocket({ node = 0, ...options }: SocketOptions = {}): Promise<FrameSocket> {
    return this.open(this.server(node).socketUrl, options);
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    for (const socket of this.sockets) socket.cut();
    await Promise.all(this.servers.map((server) => server.kill()));
    await this.redis.stop();
  }

  private async open(url: string, options: OpenOptions): Promise<FrameSocket> {
    const socket = await FrameSocket.open(url, options);
    this.sockets.push(socket);
    return socket;
  }

  private startServer(nodeId: string, env: Readonly<Record<string, string>> = {}): Promise<ServerRig> {
    const keys = `main:test:${this.apiKey},main:other:${this.otherKey},foreign:test:${this.foreignKey}`;
    const own = {
      NODE_ENV: 'development',
      REDIS_URL: this.redis.url,
      API_KEYS: keys,
      JWT_SECRET: this.tokens.secret,
      NODE_ID: nodeId,
    };
    return ServerRig.start({ admin: this.admin, env: { ...own, ...this.env, ...env } });
  }
}
