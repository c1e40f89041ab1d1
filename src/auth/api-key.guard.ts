import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { PostriderError } from '../errors/postrider.error.js';
import { isInternalApp } from '../topic/topic.name.js';
import { AdminKeyRegistry, type Admin } from './admin-key.registry.js';
import { ApiKeyRegistry, type Publisher } from './api-key.registry.js';
import { CONSOLE_COOKIE, ConsoleSessions } from './console.sessions.js';

/** What the guard reads of a request and leaves on it. */
export interface PublisherRequest {
  headers: { authorization?: string; [name: string]: unknown };
  cookies?: Readonly<Record<string, string | undefined>>;
  publisher?: Publisher;
}

const BEARER = /^Bearer +(\S+) *$/i;
const APP_HEADER = 'Postrider-App';
const APP = /^[A-Za-z0-9_-]{1,64}$/;
const DEFAULT_APP = 'main';

/**
 * Lets requests pass and notes for whom they act: an API key for its app, an admin key for the app that `Postrider-App`
 * names (default `main`), the console's cookie for the app that it has to name. Others are answered `unauthorized`.
 *
 * That header is what protects the cookie: a page of another site cannot send it without a preflight, which nobody here
 * answers.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeyRegistry,
    private readonly admins: AdminKeyRegistry,
    private readonly sessions: ConsoleSessions,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<PublisherRequest>();
    const [, key] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    const cookie = request.cookies?.[CONSOLE_COOKIE];
    if (key === undefined && cookie !== undefined) return this.admitConsole(request, cookie);
    if (key === undefined) {
      throw new PostriderError('unauthorized', 'Send an API key as "Authorization: Bearer <key>".');
    }
    request.publisher = this.keys.publisherOf(key) ?? this.admin(key, request);
    return true;
  }

  private admin(key: string, request: PublisherRequest): Publisher {
    const admin = this.admins.adminOf(key);
    if (!admin) throw new PostriderError('unauthorized', 'The API key is not known.');
    return publisherFor(admin, appOf(request) ?? DEFAULT_APP);
  }

  private async admitConsole(request: PublisherRequest, cookie: string): Promise<boolean> {
    const admin = await this.sessions.adminOf(cookie);
    if (!admin) throw new PostriderError('unauthorized', 'The console session has ended: sign in again.');
    const app = appOf(request);
    if (app === undefined) throw new PostriderError('forbidden', `With a cookie, ${APP_HEADER} must name the app.`);
    request.publisher = publisherFor(admin, app);
    return true;
  }
}

/** Names of API keys hold no `:`, so no publisher has an admin's idempotency keys. */
const publisherFor = ({ name }: Admin, app: string): Publisher => ({ app, name: `admin:${name}` });

function appOf({ headers }: PublisherRequest): string | undefined {
  const app = headers[APP_HEADER.toLowerCase()];
  if (app === undefined) return undefined;
  if (typeof app === 'string' && (APP.test(app) || isInternalApp(app))) return app;
  throw new PostriderError('invalid_request', `${APP_HEADER} is not the name of an app.`, { field: APP_HEADER });
}
