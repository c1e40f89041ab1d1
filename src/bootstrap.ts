import 'reflect-metadata';
import cluster from 'node:cluster';
import { Logger, ShutdownSignal } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Config, namesSet } from './config/config.js';
import { StartError } from './contract/start-error.js';
import { HttpAdapter } from './http/http-adapter.js';
import { listenError } from './http/listen-error.js';
import { listenHost } from './http/listen-host.js';
import { EventLogger } from './observability/event-logger.js';
import { AppLogger } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { mountPostrider } from './mount-postrider.js';
import { type PostriderExtensions, PostriderModule } from './postrider.module.js';
import { startSignals } from './processes/start-signals.js';

const END_MS = 5_000;
const { SIGTERM, SIGINT, SIGHUP } = ShutdownSignal;

/**
 * Builds the application and listens. A stop signal before it listens ends the process at once.
 * @throws ConfigError, or StartError, for example if Redis was not reachable in time or a port is
 * taken.
 */
export async function bootstrap(config: Config, extensions: PostriderExtensions = {}): Promise<NestFastifyApplication> {
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
  const app = await NestFactory.create<NestFastifyApplication>(
    PostriderModule.forRoot({ ...extensions, config }),
    new HttpAdapter(config),
    { logger: appLogger, abortOnError: false },
  );
  const { logEventsDropped } = app.get(Metrics);
  appLogger.onDropped = () => logEventsDropped.inc();
  await mountPostrider(app, { signals });
  endInTime(2 * config.drainMs + END_MS, logger, signals);
  startSignals.release();
  const { port, adminPort } = config;
  const host = await listenHost(config.host);
  await app.listen(port, host).catch((error: unknown) => {
    if (error instanceof StartError) throw error;
    throw listenError({ port, host, portSetting: 'PORT', hostSetting: 'HOST' }, error);
  });
  const ports = { port, ...(adminPort !== 'none' && { adminPort }) };
  logger.event('server_listening', { ...ports, roles: [...config.roles], pid: process.pid });
  return app;
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
