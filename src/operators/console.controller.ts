import { Controller, Delete, Get, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Admin } from '../auth/admin-key-registry.js';
import { ApiKeyRegistry } from '../auth/api-key-registry.js';
import { CONSOLE_COOKIE, CONSOLE_SESSION_MS, ConsoleSessions } from '../auth/console-sessions.js';
import { NodeSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { ReadBody } from '../http/read.decorator.js';
import { InGroup } from '../http/route-group.js';
import { AdminSignIn } from './admin-sign-in.js';
import { type WatchToken, WatchTokens } from './watch-tokens.js';

const signInBody = z.strictObject({ key: z.string().min(1).max(256) });

/** Name of the signed-in admin, and the apps that the console can show. */
export interface SignedIn {
  readonly name: string;
  readonly apps: readonly string[];
}

/** Signed-in admin, with a token of a socket that may subscribe to the system topic. */
export interface Watching extends SignedIn, WatchToken {}

/** Signs operators in to the console and out of it. */
@ApiExcludeController()
@InGroup('operators')
@Controller('console/session')
export class ConsoleController {
  constructor(
    private readonly signIns: AdminSignIn,
    private readonly sessions: ConsoleSessions,
    private readonly watchTokens: WatchTokens,
    private readonly keys: ApiKeyRegistry,
    private readonly settings: NodeSettings,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async signIn(
    @ReadBody(signInBody) { key }: z.output<typeof signInBody>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedIn> {
    const admin = this.signIns.adminOf(key, request);
    reply.setCookie(CONSOLE_COOKIE, await this.sessions.open(admin), {
      ...this.cookieOptions(request),
      maxAge: CONSOLE_SESSION_MS / 1_000,
    });
    return this.signedIn(admin);
  }

  /**
   * Answers `204` without a cookie and `401` with an ended one, since an anonymous page is no
   * error.
   */
  @Get()
  @Header('cache-control', 'no-store')
  async session(
    @Req() { cookies }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Watching | undefined> {
    const cookie = cookies[CONSOLE_COOKIE];
    if (cookie === undefined) {
      reply.status(204);
      return undefined;
    }
    const admin = await this.sessions.adminOf(cookie);
    if (!admin) throw new PostriderError('unauthorized', 'The console session has ended. Sign in again.');
    return { ...this.signedIn(admin), ...(await this.watchTokens.issue(admin)) };
  }

  @Delete()
  @HttpCode(204)
  signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    reply.clearCookie(CONSOLE_COOKIE, this.cookieOptions(request));
  }

  /** A proxy that ends TLS says so; a lie costs the liar a cookie that is not sent over http. */
  private cookieOptions({ protocol, headers }: FastifyRequest) {
    const secure = protocol === 'https' || headers['x-forwarded-proto'] === 'https';
    return { path: `${this.settings.publicPath}/`, httpOnly: true, sameSite: 'strict', secure } as const;
  }

  private signedIn({ name }: Admin): SignedIn {
    return { name, apps: this.keys.apps };
  }
}
