import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisClusterRig, type ClusterOptions } from '../support/redis-cluster-rig.js';
import { RedisSentinelRig, type SentinelOptions } from '../support/redis-sentinel-rig.js';
import { RedisRig, type RedisOptions } from '../support/redis-rig.js';
import { RestClient } from '../support/rest-client.js';
import type { Books } from '../support/rest-types.js';
import { ServerRig } from '../support/server-rig.js';
import { TokenMint } from '../support/tokens.js';

export type Role = 'api' | 'gateway' | 'worker';

export interface NodeOptions {
  id: string;
  /** Roles of the node. Default: all. */
  roles?: readonly Role[];
  env?: Readonly<Record<string, string>>;
  /** `REDIS_URL` that replaces the world's, such as a proxy's. */
  via?: string;
  /** Command that starts the server, such as `['setpriv', '--reuid', '1000']`. */
  wrap?: readonly string[];
  /** Address at which it is reached. Default: loopback. */
  host?: string;
}

export type RedisKind = 'standalone' | 'sentinel' | 'cluster';

export interface WorldOptions {
  redis?: RedisKind;
  /** Options of a standalone Redis; the append-only file is on by default. */
  redisOptions?: RedisOptions;
  sentinelOptions?: SentinelOptions;
  /** Options of a Redis Cluster. Default: one replica per master, and the append-only file. */
  clusterOptions?: ClusterOptions;
  /** Nodes of the world. Default: three nodes with all roles. */
  nodes?: readonly NodeOptions[];
  /** Settings of every server. */
  env?: Readonly<Record<string, string>>;
  /** Setting `CONFIRM`. Default: `local` with a standalone Redis, otherwise `replicated:1`. */
  confirm?: string;
}

/** Redis as the servers see it. */
export interface RedisPlace {
  readonly url: string;
  stop(): Promise<void>;
}

const MIXED: readonly NodeOptions[] = ['node-1', 'node-2', 'node-3'].map((id) => ({ id }));
const ALL_ROLES: readonly Role[] = ['api', 'gateway', 'worker'];

/** Targets of the faults: Redis and the server processes. */
export class World {
  readonly apiKey = randomBytes(24).toString('hex');
  readonly tokens = new TokenMint();
  private readonly nodes = new Map<string, { options: NodeOptions; server: ServerRig }>();

  /** Settings that decide what a `202` survives. */
  readonly redisKind: RedisKind;
  readonly confirm: string;

  private constructor(
    private readonly place: RedisPlace,
    private readonly options: WorldOptions,
  ) {
    const { redis = 'standalone', confirm = redis === 'standalone' ? 'local' : 'replicated:1' } = options;
    this.redisKind = redis;
    this.confirm = confirm;
  }

  static async start(options: WorldOptions): Promise<World> {
    const world = new World(await startRedis(options), options);
    try {
      const nodes = options.nodes ?? MIXED;
      const started = await Promise.allSettled(nodes.map((node) => world.launch(node)));
      for (const [index, result] of started.entries()) {
        const node = nodes[index];
        if (node && result.status === 'fulfilled') world.nodes.set(node.id, { options: node, server: result.value });
      }
      const failed = started.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  /** Redis of a world with a single one. */
  get redis(): RedisRig {
    if (!(this.place instanceof RedisRig)) throw new Error('no standalone Redis here');
    return this.place;
  }

  get sentinel(): RedisSentinelRig {
    if (!(this.place instanceof RedisSentinelRig)) throw new Error('no Sentinels here');
    return this.place;
  }

  get cluster(): RedisClusterRig {
    if (!(this.place instanceof RedisClusterRig)) throw new Error('no Cluster here');
    return this.place;
  }

  get redisUrl(): string {
    return this.place.url;
  }

  /** Creates a client to the primary, for worlds with a single one. */
  primary(): Redis {
    return (this.redisKind === 'sentinel' ? this.sentinel : this.redis).client();
  }

  node(id: string): ServerRig {
    const node = this.nodes.get(id);
    if (!node) throw new Error(`no node ${id}`);
    return node.server;
  }

  /** Returns the servers with a role, in the order of `nodes`. */
  having(role: Role): ServerRig[] {
    return [...this.nodes.values()]
      .filter(({ options: { roles = ALL_ROLES } }) => roles.includes(role))
      .map(({ server }) => server);
  }

  get apiUrls(): string[] {
    return this.having('api').map(({ url }) => url);
  }

  get socketUrls(): string[] {
    return this.having('gateway').map(({ socketUrl }) => socketUrl);
  }

  /** Starts another node. */
  async add(node: NodeOptions): Promise<ServerRig> {
    const server = await this.launch(node);
    this.nodes.set(node.id, { options: node, server });
    return server;
  }

  rest(id: string): RestClient {
    return new RestClient(this.node(id).url, this.apiKey);
  }

  /** Asks the nodes with REST one after another until one answers. */
  async ask<T>(question: (rest: RestClient) => Promise<T>): Promise<T> {
    let last: unknown = new Error('no node with the role api');
    for (const url of this.apiUrls) {
      try {
        return await question(new RestClient(url, this.apiKey));
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  books(): Promise<Books> {
    return this.ask(async (rest) => {
      const { status, body } = await rest.get<Books>('/v1/books', { timeoutMs: 5_000 });
      if (status !== 200) throw new Error(`books answered ${status}`);
      return body;
    });
  }

  /** Returns the log lines of each server, by node. */
  get logs(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.nodes].map(([id, { server }]) => [id, server.log]));
  }

  private launch({
    id,
    roles = ALL_ROLES,
    via = this.place.url,
    wrap = [],
    host,
    env,
  }: NodeOptions): Promise<ServerRig> {
    const own = {
      NODE_ENV: 'production',
      REDIS_URL: via,
      API_KEYS: `main:fault:${this.apiKey}`,
      JWT_SECRET: this.tokens.secret,
      NODE_ID: id,
      ROLES: roles.join(','),
      CONFIRM: this.confirm,
    };
    return ServerRig.start({ env: { ...own, ...this.options.env, ...env }, wrap, ...(host && { host }) });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes.values()].map(({ server }) => server.kill()));
    await this.place.stop();
  }
}

function startRedis({
  redis = 'standalone',
  redisOptions,
  sentinelOptions,
  clusterOptions,
}: WorldOptions): Promise<RedisPlace> {
  if (redis === 'sentinel') return RedisSentinelRig.start(sentinelOptions);
  if (redis === 'cluster') return RedisClusterRig.start({ replicas: 1, appendOnly: true, ...clusterOptions });
  return RedisRig.start({ appendOnly: true, ...redisOptions });
}
