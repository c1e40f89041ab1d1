import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { postriderErrorOf } from '../contract/problem.js';
import { HttpAdapter } from './http-adapter.js';

/** End of a request. */
export interface RequestOutcome {
  readonly status: number;
  /** True if the client left before its answer was complete. */
  readonly isAborted: boolean;
  /** Time since the header of the request was read. */
  readonly durationMs: number;
}

/** Observer of every request, whatever becomes of it. Each start is followed by one end. */
export interface RequestObserver {
  /** Called before the body is read. @throws PostriderError to refuse the request. */
  onStart?(request: FastifyRequest): void;
  onEnd?(request: FastifyRequest, outcome: RequestOutcome): void;
}

/** Calls the observers of requests: metrics, traces and limits. */
@Injectable()
export class RequestLifecycle implements OnModuleInit {
  private readonly observers: RequestObserver[] = [];

  constructor(private readonly host: HttpAdapterHost) {}

  /** Adds an observer. */
  observe(observer: RequestObserver): void {
    this.observers.push(observer);
  }

  onModuleInit(): void {
    const { httpAdapter } = this.host;
    if (!(httpAdapter instanceof HttpAdapter)) return;
    httpAdapter.getInstance().addHook('onRequest', (request, reply, done) => done(this.start(request, reply)));
  }

  /** @returns the first refusal, if any. The other observers are called all the same. */
  private start(request: FastifyRequest, { raw }: FastifyReply): Error | undefined {
    const beganMs = performance.now();
    // Fastify's `onResponse` would miss clients that leave before their answer.
    raw.once('close', () => {
      const durationMs = performance.now() - beganMs;
      const outcome = { status: raw.statusCode, isAborted: !raw.writableFinished, durationMs };
      for (const observer of this.observers) observer.onEnd?.(request, outcome);
    });
    let refusal: Error | undefined;
    for (const observer of this.observers) {
      try {
        observer.onStart?.(request);
      } catch (error) {
        refusal ??= postriderErrorOf(error);
      }
    }
    return refusal;
  }
}
