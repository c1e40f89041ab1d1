import 'reflect-metadata';
import cluster from 'node:cluster';
import { Logger, Module, ShutdownSignal, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mountAsyncApi } from './operators/asyncapi-routes.js';
import { Config, namesSet } from './config/config.js';
import { PostriderWsAdapter } from './gateway/postrider-ws-adapter.js';
import { HttpAdapter } from './http/http-adapter.js';
import { listenError } from './http/listen-error.js';
import { listenHost } from './http/listen-host.js';
import { mountOpenApi } from './http/openapi.js';
import { EventLogger } from './observability/event-logger.js';
import { AppLogger } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { PostriderModule, type PostriderOptions } from './postrider.module.js';
import { startSignals } from './processes/start-signals.js';

const END_MS = 5_000;
const { SIGTERM, SIGINT, SIGHUP } = ShutdownSignal;

/** Root module: the server plus the parts that only a complete application has. */
@Module({})
class Application {}

type BootstrapOptions = Omit<PostriderOptions, 'roles' | 'config'>;

/**
 * Builds the application and listens. A stop signal before it listens ends the process at once.
 * @throws ConfigError, or StartError, for example if Redis was not reachable in time or a port is
 * taken.
 */
export async function bootstrap(config: Config, options: BootstrapOptions = {}): Promise<NestFastifyApplication> {
  const logger = new EventLogger('Main');
  // With several processes, SIGHUP is for their parent.
  const signals: ShutdownSignal[] = [SIGTERM, SIGINT, ...(cluster.isWorker ? [] : [SIGHUP])];
  startSignals.keep(...signals);
  startSignals.onEnd = (exitSignal) => logger.event('start_interrupted', { exitSignal });
  const appLogger = new AppLogger(config);
  Logger.overrideLogger(appLogger);
  Logger.overrideLogger(appLogger.levels);
  endOnFault(logger);
  logger.event('config_loaded', { settings: namesSet(), roles: [...config.roles] });
  const postrider = PostriderModule.forRoot({ ...options, config, roles: config.roles });
  const adapter = new HttpAdapter(config);
  const app = await NestFactory.create<NestFastifyApplication>(
    config.roles.has('api') ? { module: Application, imports: [postrider, await queueBoard()] } : postrider,
    adapter,
    { logger: appLogger, abortOnError: false },
  );
  if (config.roles.has('gateway')) app.useWebSocketAdapter(new PostriderWsAdapter(app));
  if (config.roles.has('api')) {
    mountOpenApi(app);
    mountAsyncApi(app);
  }
  const { logEventsDropped } = app.get(Metrics);
  appLogger.onDropped = () => logEventsDropped.inc();
  await app.init();
  // From now on clients may be served, so a signal drains. Without a list, Nest would handle
  // further signals such as SIGUSR2.
  app.enableShutdownHooks(signals, { useProcessExit: true });
  endInTime(2 * config.drainMs + END_MS, logger, signals);
  startSignals.release();
  const { port, adminPort } = config;
  const host = await listenHost(config.host);
  await app.listen(port, host).catch((error: unknown) => {
    throw listenError({ port, host, portSetting: 'PORT', hostSetting: 'HOST' }, error);
  });
  await adapter.listenForOperators();
  const ports = { port, ...(adminPort !== 'none' && { adminPort }) };
  logger.event('server_listening', { ...ports, roles: [...config.roles], pid: process.pid });
  return app;
}

/**
 * Imported on demand: its packages are CommonJS that requires ES modules, which not every loader
 * supports (Jest's does not).
 */
async function queueBoard(): Promise<Type> {
  return (await import('./operators/queue-board.module.js')).QueueBoardModule;
}

/**
 * Ends the process even if closing the application hangs, for example on a connection to a lost
 * Redis.
 */
function endInTime(withinMs: number, logger: EventLogger, signals: readonly ShutdownSignal[]): void {
  const last = (): void => {
    setTimeout(() => {
      logger.event('shutdown_overdue', { withinMs });
      process.exit(1);
    }, withinMs).unref();
  };
  for (const signal of signals) process.once(signal, last);
}

/**
 * Replaces Node's default handler, which would print properties of the error, such as the arguments
 * of a command.
 */
function endOnFault(logger: EventLogger): void {
  process.once('uncaughtException', (error: unknown) => {
    logger.event('server_crashed', {}, error);
    process.exit(1);
  });
}
