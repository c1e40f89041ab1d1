import { type INestApplication, ShutdownSignal } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PostriderWsAdapter } from './gateway/postrider-ws-adapter.js';
import { HttpAdapter } from './http/http-adapter.js';
import { mountOpenApi } from './http/openapi.js';
import { mountAsyncApi } from './operators/asyncapi-routes.js';
import { PostriderParts } from './postrider-parts.js';

/** Options of `mountPostrider`. */
export interface MountOptions {
  /** Signals that drain the server and end the process. Default: SIGTERM and SIGINT. */
  readonly signals?: readonly ShutdownSignal[] | undefined;
}

/**
 * Mounts Postrider in an application that imports `PostriderModule` and was created with
 * `PostriderHttpAdapter`: adds its sockets and `/docs`, and initializes the application. Call
 * `app.listen` next; it also opens `ADMIN_PORT`.
 * @throws Error that the initialization throws.
 */
export async function mountPostrider(app: INestApplication, options: MountOptions = {}): Promise<void> {
  const { signals = [ShutdownSignal.SIGTERM, ShutdownSignal.SIGINT] } = options;
  const adapter = app.getHttpAdapter() as HttpAdapter;
  const { roles, pages } = app.get(PostriderParts);
  if (roles.has('gateway')) app.useWebSocketAdapter(new PostriderWsAdapter(app));
  if (pages.includes('docs')) {
    adapter.inGroup('reference', () => {
      mountOpenApi(app);
      mountAsyncApi(app as NestFastifyApplication);
    });
  }
  adapter.isMounted = true;
  await app.init();
  // From now on clients may be served, so a signal drains. Nest reads an empty list as every
  // signal.
  if (signals.length > 0) app.enableShutdownHooks([...signals], { useProcessExit: true });
}
