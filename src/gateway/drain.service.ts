import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { NodeSettings } from '../config/settings.js';
import { ReadinessCheck, type ReadinessResult } from '../contract/readiness-check.port.js';
import { EventLogger } from '../observability/event-logger.js';
import { NodeLease } from '../session/node-lease.js';
import { AckCollector } from '../delivery/ack-collector.js';
import type { Connection } from './connection.js';
import { ConnectionRegistry } from './connection-registry.js';
import { SessionSaver } from './session-saver.js';

const WAVE_MS = 200;
/** Maximum wait that a client is told. Clients that then find no room are refused and back off. */
const MAX_SPREAD_MS = 60_000;

/**
 * Closes the sockets before the process stops: none is cut, and they reach the other nodes as fast
 * as those can take them. Each socket has a turn and stays connected until shortly before, so that
 * it is away only for a moment.
 */
@Injectable()
export class DrainService extends ReadinessCheck implements BeforeApplicationShutdown {
  readonly name = 'draining';
  private readonly logger = new EventLogger(DrainService.name);

  constructor(
    private readonly settings: NodeSettings,
    private readonly connections: ConnectionRegistry,
    private readonly acks: AckCollector,
    private readonly saver: SessionSaver,
    private readonly lease: NodeLease,
  ) {
    super();
  }

  check(): Promise<ReadinessResult> {
    return Promise.resolve(this.connections.isDraining ? { ready: false, detail: 'draining' } : { ready: true });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.connections.drain();
    const began = performance.now();
    const timeIsUp = pause(this.settings.drainMs, undefined, { ref: false });
    const sockets = this.connections.all.size;
    const perSecond = Math.round(this.connections.arrivals.perSecond * Math.max(1, this.lease.others));
    this.logger.event('drain_began', { sockets, perSecond });
    await this.sendAway([...this.connections.all], perSecond);
    while (!this.isDone && performance.now() < began + this.settings.drainMs) {
      // Includes sockets admitted just before draining began.
      for (const connection of this.connections.all)
        connection.goodbye('restart', { retryAfterMs: Math.random() * WAVE_MS });
      await Promise.race([this.acks.flush(), timeIsUp]);
      await pause(10);
    }
    const { isDone } = this;
    await this.lease.release().catch((error: unknown) => {
      this.logger.debug({ msg: 'Could not release the lease', error: String(error) });
    });
    const ms = Math.round(performance.now() - began);
    const { open, opening, acks, sessions } = this.left;
    if (isDone) this.logger.event('drained', { sockets, perSecond, ms });
    else this.logger.event('drain_overdue', { sockets: open, ms, opening, acks, unsaved: sessions });
  }

  /** @param perSecond how many sockets per second the other nodes can take. */
  private async sendAway(connections: readonly Connection[], perSecond: number): Promise<void> {
    const began = performance.now();
    const spreadMs = Math.min(MAX_SPREAD_MS, (connections.length / perSecond) * 1_000);
    const leaveMs = Math.min(spreadMs, this.settings.drainMs / 2);
    const waves = Math.max(1, Math.ceil(leaveMs / WAVE_MS));
    const perWave = Math.ceil(connections.length / waves);
    for (let wave = 0; wave < waves; wave++) {
      const passedMs = performance.now() - began;
      await pause(Math.max(0, (wave * leaveMs) / waves - passedMs));
      for (let index = wave * perWave; index < (wave + 1) * perWave; index++) {
        const turnMs = (index / connections.length) * spreadMs;
        connections[index]?.goodbye('restart', { retryAfterMs: Math.max(0, turnMs - (performance.now() - began)) });
      }
    }
  }

  private get isDone(): boolean {
    return Object.values(this.left).every((count) => count === 0);
  }

  private get left(): Readonly<Record<'open' | 'opening' | 'acks' | 'sessions', number>> {
    const { all, pending } = this.connections;
    return { open: all.size, opening: pending, acks: this.acks.size, sessions: this.saver.size };
  }
}
