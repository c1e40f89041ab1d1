import { randomBytes } from 'node:crypto';
import type { LoggerService } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SignJWT } from 'jose';
import type { PostriderExtensions } from '../index.js';

export interface TestNodeOptions {
  /** A Redis for tests: the node writes to it and never empties it. */
  readonly redisUrl: string;
  /** Further settings by their names in the environment, e.g. `{ ACK_TIMEOUT_MS: '500' }`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Adapters and modules under test. Without `pages` no page is served. */
  readonly extensions?: PostriderExtensions;
  /** Receives the log. Default: nothing is logged. */
  readonly logger?: LoggerService;
}

/** Claims of a token beside its user. By default it may use every topic of the app `main`. */
export interface TestTokenClaims {
  readonly app?: string;
  readonly topics?: readonly string[];
  readonly publish?: readonly string[];
}

/** Complete node inside the process of a spec, on its own loopback port. */
export class TestNode {
  private constructor(
    /** Application, for its providers: `node.app.get(Outbox, { strict: false })`. */
    readonly app: NestFastifyApplication,
    readonly url: string,
    /** Key with every scope of the app `main`. */
    readonly apiKey: string,
    private readonly secret: string,
  ) {}

  static async start({ redisUrl, env = {}, extensions = {}, logger }: TestNodeOptions): Promise<TestNode> {
    // Imported on demand, so that a spec of one contract does not wait for the whole server.
    const { NestFactory } = await import('@nestjs/core');
    const { Config, mountPostrider, PostriderHttpAdapter, PostriderModule } = await import('../index.js');
    const apiKey = randomBytes(24).toString('hex');
    const secret = env['JWT_SECRET'] ?? randomBytes(32).toString('hex');
    const config = Config.from({
      NODE_ENV: 'test',
      REDIS_URL: redisUrl,
      API_KEYS: `main:test:${apiKey}`,
      JWT_SECRET: secret,
      DRAIN_MS: '1000',
      ...env,
    });
    const app = await NestFactory.create<NestFastifyApplication>(
      PostriderModule.forRoot({ pages: [], ...extensions, config }),
      new PostriderHttpAdapter(config),
      { logger: logger ?? false, abortOnError: false },
    );
    await mountPostrider(app, { signals: [] });
    await app.listen(0, '127.0.0.1');
    return new TestNode(app, await app.getUrl(), apiKey, secret);
  }

  /** Signs a token for the default authenticator, good for an hour. */
  token(user: string, { app, topics = ['*'], publish = ['*'] }: TestTokenClaims = {}): Promise<string> {
    return new SignJWT({ sub: user, topics, publish, ...(app && { app }) })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(this.secret));
  }

  close(): Promise<void> {
    return this.app.close();
  }
}
