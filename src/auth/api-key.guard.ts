import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { PostriderError } from '../contract/postrider-error.js';
import { isInternalApp } from '../contract/topic-name.js';
import { AdminKeyRegistry, type Admin } from './admin-key-registry.js';
import { ApiKeyRegistry, type Grant, type Publisher } from './api-key-registry.js';
import { CONSOLE_COOKIE, ConsoleSessions } from './console-sessions.js';
import { RequiresScope } from './requires-scope.decorator.js';
import type { Scope } from './scope.js';

/** Parts of a request that the guard reads and sets. */
export interface PublisherRequest {
  headers: { authorization?: string; [name: string]: unknown };
  cookies?: Readonly<Record<string, string | undefined>>;
  publisher?: Publisher;
}

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const IS_TOKEN = 'This is a client token, which is for sockets. Send an API key from API_KEYS or API_KEYS_FILE.';
const BEARER = /^Bearer +(\S+) *$/i;
const APP_HEADER = 'Postrider-App';
const APP = /^[A-Za-z0-9_-]{1,64}$/;
const DEFAULT_APP = 'main';

/**
 * Authenticates REST calls and sets the publisher: an API key acts for its app, an admin key for
 * the app in `Postrider-App` (default `main`), the console's cookie for the app in that header,
 * which is then required. Other requests are `unauthorized`; keys without the scope of the call
 * (`RequiresScope`) are `forbidden`.
 *
 * The header protects the cookie: a page of another site cannot send it without a preflight, which
 * this server never answers.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeyRegistry,
    private readonly admins: AdminKeyRegistry,
    private readonly sessions: ConsoleSessions,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<PublisherRequest>();
    const needed =
      this.reflector.getAllAndOverride(RequiresScope, [context.getHandler(), context.getClass()]) ?? 'admin';
    const [, key] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    const cookie = request.cookies?.[CONSOLE_COOKIE];
    if (key === undefined && cookie !== undefined) return this.admitConsole(request, cookie, needed);
    if (key === undefined) {
      throw new PostriderError('unauthorized', 'Send an API key as "Authorization: Bearer <key>".');
    }
    return admit(request, this.keys.grantOf(key) ?? this.admin(key, request), needed);
  }

  private admin(key: string, request: PublisherRequest): Grant {
    const admin = this.admins.adminOf(key);
    if (!admin)
      throw new PostriderError(
        'unauthorized',
        TOKEN.test(key) ? IS_TOKEN : 'The API key is unknown. Check API_KEYS and API_KEYS_FILE.',
      );
    return grantFor(admin, appOf(request) ?? DEFAULT_APP);
  }

  private async admitConsole(request: PublisherRequest, cookie: string, needed: Scope): Promise<boolean> {
    const admin = await this.sessions.adminOf(cookie);
    if (!admin) throw new PostriderError('unauthorized', 'The console session has ended. Sign in again.');
    const app = appOf(request);
    if (app === undefined) throw new PostriderError('forbidden', `With a cookie, ${APP_HEADER} must name the app.`);
    return admit(request, grantFor(admin, app), needed);
  }
}

function admit(request: PublisherRequest, { publisher, scopes }: Grant, needed: Scope): boolean {
  if (!scopes.has(needed))
    throw new PostriderError('forbidden', `The key has no scope ${needed}. Use one that has it.`);
  request.publisher = publisher;
  return true;
}

/** Names of API keys have no `:`, so no publisher shares the idempotency keys of an admin. */
const grantFor = ({ name, scopes }: Admin, app: string): Grant => ({
  publisher: { app, name: `admin:${name}` },
  scopes,
});

function appOf({ headers }: PublisherRequest): string | undefined {
  const app = headers[APP_HEADER.toLowerCase()];
  if (app === undefined) return undefined;
  if (typeof app === 'string' && (APP.test(app) || isInternalApp(app))) return app;
  throw new PostriderError('invalid_request', `${APP_HEADER} is not a valid app name.`, { field: APP_HEADER });
}
