import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import { ReadinessCheck, type ReadinessResult } from '../health/readiness-check.port.js';
import { NodeLease } from '../session/node.lease.js';
import { AckCollector } from './ack.collector.js';
import { ConnectionRegistry } from './connection.registry.js';
import { HandshakeService } from './handshake.service.js';
import { SessionBinder } from './session.binder.js';

const WAVE_MS = 100;
/** Sockets that another node takes in a second without trouble: they are told to come back spread over that rate. */
const RETURN_RATE = 1_000;

/** Sends the sockets away before the process ends: nobody is cut, and not all come back to the others at once. */
@Injectable()
export class DrainService extends ReadinessCheck implements BeforeApplicationShutdown {
  readonly name = 'draining';
  private readonly logger = new Logger(DrainService.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly handshakes: HandshakeService,
    private readonly connections: ConnectionRegistry,
    private readonly acks: AckCollector,
    private readonly binder: SessionBinder,
    private readonly lease: NodeLease,
  ) {
    super();
  }

  check(): Promise<ReadinessResult> {
    return Promise.resolve(this.handshakes.draining ? { ready: false, detail: 'draining' } : { ready: true });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.handshakes.draining = true;
    const began = performance.now();
    const deadline = began + this.config.drainMs;
    const total = this.connections.all.size;
    const spreadMs = Math.min(this.config.drainMs, (total / RETURN_RATE) * 1_000);
    const waves = Math.max(1, Math.ceil(Math.min(spreadMs, this.config.drainMs / 2) / WAVE_MS));
    const perWave = Math.ceil(total / waves);
    const all = [...this.connections.all];
    for (let wave = 0; wave < waves; wave++) {
      for (const connection of all.slice(wave * perWave, (wave + 1) * perWave)) {
        const retryAfterMs = Math.round(Math.random() * spreadMs);
        connection.close({ code: 1012, reason: 'restart', reconnect: true, retryAfterMs });
      }
      if (wave + 1 < waves) await pause(WAVE_MS);
    }
    while (!this.isDone && performance.now() < deadline) {
      await this.acks.flush();
      await pause(10);
    }
    await this.lease.release().catch((error: unknown) => {
      this.logger.debug({ msg: 'The lease was not released', error: String(error) });
    });
    this.logger.log({ msg: 'Drained', sockets: total, ms: Math.round(performance.now() - began) });
  }

  private get isDone(): boolean {
    return this.connections.all.size === 0 && this.acks.size === 0 && this.binder.saving === 0;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
