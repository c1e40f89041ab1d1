import 'reflect-metadata';
import cluster from 'node:cluster';
import { Logger, Module, ShutdownSignal, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mountAsyncApi } from './asyncapi/asyncapi.routes.js';
import { Config, namesSet } from './config/config.js';
import { PostriderWsAdapter } from './gateway/postrider.ws-adapter.js';
import { HttpAdapter } from './http/http.adapter.js';
import { mountOpenApi } from './http/openapi.js';
import { EventLog } from './observability/event.log.js';
import { AppLogger } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { PostriderModule, type PostriderOptions } from './postrider.module.js';

const END_MS = 5_000;
const { SIGTERM, SIGINT, SIGHUP } = ShutdownSignal;

/** The server and what only a whole application can have beside it. */
@Module({})
class Application {}

/**
 * Builds the application and listens.
 * @throws ConfigError, or an Error when Redis was not reachable in time.
 */
export async function bootstrap(
  config: Config,
  options: Omit<PostriderOptions, 'roles' | 'config'> = {},
): Promise<NestFastifyApplication> {
  const appLogger = new AppLogger(config);
  Logger.overrideLogger(appLogger);
  Logger.overrideLogger(appLogger.levels);
  const logger = new EventLog('Main');
  endOnFault(logger);
  logger.tell('config_loaded', { settings: namesSet(), roles: [...config.roles] });
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
  // With no list Nest takes further signals, SIGUSR2 among them. With several processes SIGHUP is for their parent.
  const signals: ShutdownSignal[] = [SIGTERM, SIGINT, ...(cluster.isWorker ? [] : [SIGHUP])];
  app.enableShutdownHooks(signals, { useProcessExit: true });
  endInTime(2 * config.drainMs + END_MS, logger, signals);
  const { logEventsDropped } = app.get(Metrics);
  appLogger.onDropped = () => logEventsDropped.inc();
  await app.listen(config.port, config.host);
  await adapter.listenForOperators();
  const { port, adminPort } = config;
  const ports = { port, ...(adminPort !== 'none' && { adminPort }) };
  logger.tell('server_listening', { ...ports, roles: [...config.roles], pid: process.pid });
  return app;
}

/** Loaded where it is used: its packages are CommonJS that requires ES modules, which not every loader can (Jest's cannot). */
async function queueBoard(): Promise<Type> {
  return (await import('./console/queue.board.module.js')).QueueBoardModule;
}

/** Whatever hangs while the application closes (a connection to a Redis that is gone, say), the process ends. */
function endInTime(withinMs: number, logger: EventLog, signals: readonly ShutdownSignal[]): void {
  const last = (): void => {
    setTimeout(() => {
      logger.tell('shutdown_overdue', { withinMs });
      process.exit(1);
    }, withinMs).unref();
  };
  for (const signal of signals) process.once(signal, last);
}

/** As Node does by itself, but as a line of the log: Node would print the properties of the error too, such as the arguments of a command. */
function endOnFault(logger: EventLog): void {
  process.once('uncaughtException', (error: unknown) => {
    logger.tell('server_crashed', {}, error);
    process.exit(1);
  });
}
