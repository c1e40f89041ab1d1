import { randomBytes } from 'node:crypto';
import { Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ApiKeyRegistry } from '../auth/api-key-registry.js';
import { derivedKey } from '../auth/derived-key.js';
import { InternalTokens } from '../auth/internal-tokens.js';
import type { Scope } from '../auth/scope.js';
import { AccessSettings, PageSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { InGroup } from '../http/route-group.js';
import { RedisClock } from '../clock/redis-clock.js';
import { INTERNAL_PREFIX } from '../contract/topic-name.js';

const DEMO_APP = `${INTERNAL_PREFIX}demo`;
/** Limited, because every visitor gets the demo's key. */
const SCOPES: ReadonlySet<Scope> = new Set(['publish', 'read']);

/** API key of the demo's app, the same on every node. */
export const demoKeyOf = (jwtSecret: string): string =>
  `demo_${derivedKey(jwtSecret, 'demo api key').export().toString('base64url')}`;

const STAGE_MS = 4 * 60 * 60 * 1_000;
const STAGE_BYTES = 8;
const ROLES = ['customer', 'agent', 'shopper', 'viewer1', 'viewer2', 'guest'] as const;
type Role = (typeof ROLES)[number];

/** One player on a stage. */
export interface Person {
  readonly user: string;
  readonly token: string;
}

/** Stage of the demo: names that nobody else knows, in the app of the demo. */
export interface DemoAccess {
  readonly app: string;
  readonly apiKey: string;
  readonly stage: string;
  readonly people: Readonly<Record<Role, Person>>;
  readonly expiresAt: string;
  /** Lifetime of the tokens from now on, for visitors whose clock is wrong. */
  readonly lifetimeMs: number;
}

/** Gives access to the demo to anybody who opens its page, if `DEMO` is on. */
@ApiExcludeController()
@InGroup('page')
@Controller('demo/access')
export class DemoController {
  private readonly apiKey: string | undefined;

  constructor(
    { demo }: PageSettings,
    { jwtSecret }: AccessSettings,
    keys: ApiKeyRegistry,
    private readonly tokens: InternalTokens,
    private readonly clock: RedisClock,
  ) {
    if (!demo) return;
    this.apiKey = demoKeyOf(jwtSecret);
    keys.admit({ app: DEMO_APP, name: 'demo', key: this.apiKey, scopes: SCOPES });
  }

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async access(): Promise<DemoAccess> {
    if (this.apiKey === undefined)
      throw new PostriderError('forbidden', 'The demo is disabled. Set DEMO=true to enable it.');
    const stage = randomBytes(STAGE_BYTES).toString('hex');
    const expiresAtMs = this.clock.now() + STAGE_MS;
    const people = await Promise.all(
      ROLES.map(async (role): Promise<[Role, Person]> => [role, await this.person(role, stage, expiresAtMs)]),
    );
    return {
      app: DEMO_APP,
      apiKey: this.apiKey,
      stage,
      people: Object.fromEntries(people) as Record<Role, Person>,
      expiresAt: new Date(expiresAtMs).toISOString(),
      lifetimeMs: STAGE_MS,
    };
  }

  private async person(role: Role, stage: string, expiresAtMs: number): Promise<Person> {
    const user = `${role}-${stage}`;
    const own = [`demo.${stage}.*`];
    const token = await this.tokens.issue({ user, app: DEMO_APP, topics: own, publish: own, expiresAtMs });
    return { user, token };
  }
}
