import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpAdapter } from '../../src/http/http-adapter.js';
import { openApiOf } from '../../src/http/openapi.js';
import { AppLogger } from '../../src/observability/logger.js';
import { Config, type PostriderExtensions, PostriderModule, mountPostrider } from '../../src/index.js';
import { FrameSocket } from './frame-socket.js';
import { type RedisOptions, RedisRig } from './redis-rig.js';
import { RestClient } from './rest-client.js';
import { TokenMint } from './tokens.js';

export interface AppOptions {
  env?: Readonly<Record<string, string>>;
  redis?: RedisOptions;
  /** Classes that replace the defaults, as a team would provide them. */
  extensions?: PostriderExtensions;
  /** Collects the lines of the log; without it, nothing is logged. */
  log?: Record<string, unknown>[];
}

const KEY = 'key-of-the-app-rig';

/**
 * Complete Postrider with its own Redis in the test's process, so that a test can reach its
 * providers.
 */
export class AppRig {
  readonly rest: RestClient;
  private readonly sockets: FrameSocket[] = [];

  private constructor(
    readonly redis: RedisRig,
    readonly config: Config,
    private readonly app: NestFastifyApplication,
    readonly tokens: TokenMint,
    readonly url: string,
  ) {
    this.rest = new RestClient(url, KEY);
  }

  static async start({ env = {}, redis: options = {}, extensions = {}, log }: AppOptions = {}): Promise<AppRig> {
    const redis = await RedisRig.start(options);
    const tokens = new TokenMint();
    const config = Config.from({
      NODE_ENV: 'test',
      REDIS_URL: redis.url,
      API_KEYS: `main:shop:${KEY}`,
      JWT_SECRET: tokens.secret,
      DRAIN_MS: '1000',
      ...env,
    });
    const root = PostriderModule.forRoot({ pages: ['demo', 'console', 'client'], ...extensions, config });
    const app = await NestFactory.create<NestFastifyApplication>(root, new HttpAdapter(config), {
      logger: log ? loggerOf(config, log) : false,
      abortOnError: false,
    });
    await mountPostrider(app, { signals: [] });
    await app.listen(0, '127.0.0.1');
    return new AppRig(redis, config, app, tokens, await app.getUrl());
  }

  /** Returns the provider of a class. */
  get<T>(type: abstract new (...given: never[]) => T): T {
    return this.app.get<T>(type, { strict: false });
  }

  /** Returns the OpenAPI document of its calls. */
  openApi(): unknown {
    return openApiOf(this.app);
  }

  /** Opens a socket and waits for the welcome. The default token is a JWT of the user. */
  async socket(user: string, token?: string, query: Record<string, string> = {}): Promise<FrameSocket> {
    const own = token ?? (await this.tokens.sign(user, { topics: ['*'], publish: ['*'] }));
    const socket = await FrameSocket.open(`${this.url.replace('http', 'ws')}/ws`, { token: own, query });
    this.sockets.push(socket);
    await socket.welcome();
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.cut();
    await this.app.close();
    await this.redis.stop();
  }
}

function loggerOf(config: Config, lines: Record<string, unknown>[]): AppLogger {
  const logger = new AppLogger(config, { write: (line: string) => void lines.push(JSON.parse(line)) });
  Logger.overrideLogger(logger.levels);
  return logger;
}
