import { Controller, Delete, Get, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Admin, AdminKeyRegistry } from '../auth/admin-key-registry.js';
import { ApiKeyRegistry } from '../auth/api-key-registry.js';
import { CONSOLE_COOKIE, CONSOLE_SESSION_MS, ConsoleSessions } from '../auth/console-sessions.js';
import { InternalTokens } from '../auth/internal-tokens.js';
import { Config } from '../config/config.js';
import { PostriderError } from '../contract/postrider-error.js';
import { postriderErrorOf } from '../contract/problem.js';
import { ReadBody } from '../http/read.decorator.js';
import { AddressLimits } from '../limits/address-limits.js';
import { EventLogger } from '../observability/event-logger.js';
import { RedisClock } from '../clock/redis-clock.js';
import { SYSTEM_APP } from '../contract/topic-name.js';

const IS_API_KEY = 'This is an API key, for REST. The console takes an admin key: one of ADMIN_KEYS.';
/** Short: the page asks for a new one before it ends, and a browser that signed out keeps no use of its last one. */
const TOKEN_MS = 15 * 60_000;

const signInBody = z.strictObject({ key: z.string().min(1).max(256) });

/** The name of the signed-in admin, and the apps that the console can look at. */
export interface SignedIn {
  readonly name: string;
  readonly apps: readonly string[];
}

/** The token of a socket that may watch the system topic. */
export interface WatchToken extends SignedIn {
  readonly token: string;
  readonly expiresAt: string;
}

/** Signing in to the console, and out of it. */
@ApiExcludeController()
@Controller('console/session')
export class ConsoleController {
  private readonly logger = new EventLogger(ConsoleController.name);

  constructor(
    private readonly admins: AdminKeyRegistry,
    private readonly keys: ApiKeyRegistry,
    private readonly sessions: ConsoleSessions,
    private readonly tokens: InternalTokens,
    private readonly limits: AddressLimits,
    private readonly clock: RedisClock,
    private readonly config: Config,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async signIn(
    @ReadBody(signInBody) { key }: z.output<typeof signInBody>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedIn> {
    if (this.admins.isEmpty) {
      throw new PostriderError('forbidden', 'Nobody can sign in: set ADMIN_KEYS to a list of name:key.');
    }
    const admin = this.adminOf(key, request);
    reply.setCookie(CONSOLE_COOKIE, await this.sessions.open(admin), {
      ...this.cookieOptions(request),
      maxAge: CONSOLE_SESSION_MS / 1_000,
    });
    this.logger.event('signed_in', { requestId: request.id, admin: admin.name });
    return this.signedIn(admin);
  }

  /** Nobody signed in is no fault of the page that asks: `204` without a cookie, `401` with one that has ended. */
  @Get()
  @Header('cache-control', 'no-store')
  async session(
    @Req() { cookies }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WatchToken | undefined> {
    const cookie = cookies[CONSOLE_COOKIE];
    if (cookie === undefined) {
      reply.status(204);
      return undefined;
    }
    const admin = await this.sessions.adminOf(cookie);
    if (!admin) throw new PostriderError('unauthorized', 'Nobody is signed in here any longer.');
    const expiresAtMs = this.clock.now() + TOKEN_MS;
    const user = `console:${admin.name}`;
    const token = await this.tokens.issue({ user, app: SYSTEM_APP, topics: ['system.*'], publish: [], expiresAtMs });
    return { ...this.signedIn(admin), token, expiresAt: new Date(expiresAtMs).toISOString() };
  }

  @Delete()
  @HttpCode(204)
  signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    reply.clearCookie(CONSOLE_COOKIE, this.cookieOptions(request));
  }

  /** @throws PostriderError `unauthorized`, or `rate_limited` where the address has failed too often. */
  private adminOf(key: string, { id, ip }: FastifyRequest): Admin {
    try {
      this.limits.require('sign_ins', ip);
      const admin = this.admins.adminOf(key);
      if (admin) return admin;
      this.limits.count('sign_ins', ip);
      throw new PostriderError(
        'unauthorized',
        this.keys.grantOf(key) ? IS_API_KEY : 'The server does not know this key.',
      );
    } catch (thrown) {
      this.logger.event('sign_in_failed', { requestId: id, code: postriderErrorOf(thrown).code });
      throw thrown;
    }
  }

  /** A proxy that ends TLS says so; a lie costs the liar a cookie that is not sent over http. */
  private cookieOptions({ protocol, headers }: FastifyRequest) {
    const secure = protocol === 'https' || headers['x-forwarded-proto'] === 'https';
    return { path: `${this.config.publicPath}/`, httpOnly: true, sameSite: 'strict', secure } as const;
  }

  private signedIn({ name }: Admin): SignedIn {
    return { name, apps: this.keys.apps };
  }
}
