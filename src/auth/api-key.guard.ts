import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { PostriderError } from '../contract/postrider-error.js';
import { isInternalApp } from '../contract/topic-name.js';
import { AdminKeyRegistry, type Admin } from './admin-key-registry.js';
import { ApiKeyRegistry } from './api-key-registry.js';
import type { Publisher } from '../contract/publisher.js';
import { CONSOLE_COOKIE, ConsoleSessions } from './console-sessions.js';
import { PublisherAuthenticator, type PublisherGrant, type RestCredentials } from './publisher-authenticator.port.js';
import { RequiresScope } from './requires-scope.decorator.js';
import type { Scope } from './scope.js';

/** Parts of a request that the guard reads and sets. */
export interface PublisherRequest extends RestCredentials {
  readonly headers: RestCredentials['headers'] & { readonly authorization?: string };
  cookies?: Readonly<Record<string, string | undefined>>;
  publisher?: Publisher;
}

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const IS_TOKEN = 'This is a client token, which is for sockets. Send an API key from API_KEYS or API_KEYS_FILE.';
const BEARER = /^Bearer +(\S+) *$/i;
const APP_HEADER = 'Postrider-App';
const APP = /^[A-Za-z0-9_-]{1,64}$/;
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
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
  /** Scopes of the calls so far. */
  private readonly needed = new WeakMap<object, Scope>();

  constructor(
    private readonly keys: ApiKeyRegistry,
    private readonly admins: AdminKeyRegistry,
    private readonly sessions: ConsoleSessions,
    private readonly authenticator: PublisherAuthenticator,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.getArgByIndex<PublisherRequest>(0);
    const needed = this.neededBy(context);
    const [, key] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    const cookie = request.cookies?.[CONSOLE_COOKIE];
    if (key === undefined && cookie !== undefined) return this.admitConsole(request, cookie, needed);
    const grant = key === undefined ? undefined : this.grantOf(key, request);
    return grant ? admit(request, grant, needed) : this.admitOther(request, key, needed);
  }

  private neededBy(context: ExecutionContext): Scope {
    const handler = context.getHandler();
    let needed = this.needed.get(handler);
    if (needed === undefined) {
      needed = this.reflector.getAllAndOverride(RequiresScope, [handler, context.getClass()]) ?? 'admin';
      this.needed.set(handler, needed);
    }
    return needed;
  }

  private grantOf(key: string, request: PublisherRequest): PublisherGrant | undefined {
    const grant = this.keys.grantOf(key);
    if (grant) return grant;
    const admin = this.admins.adminOf(key);
    return admin && grantFor(admin, appOf(request) ?? DEFAULT_APP);
  }

  private async admitOther(request: PublisherRequest, key: string | undefined, needed: Scope): Promise<boolean> {
    const grant = await this.authenticator.authenticate(request);
    if (grant) return admit(request, checked(grant), needed);
    if (key === undefined) {
      throw new PostriderError('unauthorized', 'Send an API key as "Authorization: Bearer <key>".');
    }
    const isToken = TOKEN.test(key);
    throw new PostriderError(
      'unauthorized',
      isToken ? IS_TOKEN : 'The API key is unknown. Check API_KEYS and API_KEYS_FILE.',
    );
  }

  private async admitConsole(request: PublisherRequest, cookie: string, needed: Scope): Promise<boolean> {
    const admin = await this.sessions.adminOf(cookie);
    if (!admin) throw new PostriderError('unauthorized', 'The console session has ended. Sign in again.');
    const app = appOf(request);
    if (app === undefined) throw new PostriderError('forbidden', `With a cookie, ${APP_HEADER} must name the app.`);
    return admit(request, grantFor(admin, app), needed);
  }
}

function admit(request: PublisherRequest, { publisher, scopes }: PublisherGrant, needed: Scope): boolean {
  if (!scopes.has(needed))
    throw new PostriderError('forbidden', `The key has no scope ${needed}. Use one that has it.`);
  request.publisher = publisher;
  return true;
}

/** Keeps an authenticator from acting for an internal app, or under the name of an admin. */
function checked(grant: PublisherGrant): PublisherGrant {
  const { app, name } = grant.publisher;
  if (APP.test(app) && NAME.test(name)) return grant;
  throw new Error('PublisherAuthenticator returned an app or a name that API_KEYS would refuse. Return valid ones.');
}

/** Names of API keys have no `:`, so no publisher shares the idempotency keys of an admin. */
const grantFor = ({ name, scopes }: Admin, app: string): PublisherGrant => ({
  publisher: { app, name: `admin:${name}` },
  scopes,
});

function appOf({ headers }: PublisherRequest): string | undefined {
  const app = headers[APP_HEADER.toLowerCase()];
  if (app === undefined) return undefined;
  if (typeof app === 'string' && (APP.test(app) || isInternalApp(app))) return app;
  throw new PostriderError('invalid_request', `${APP_HEADER} must be an app name: 1 to 64 of A-Z a-z 0-9 _ -.`, {
    field: APP_HEADER,
  });
}
