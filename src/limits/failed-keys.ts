import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RequestLifecycle, type RequestObserver, type RequestOutcome } from '../http/request-lifecycle.js';
import { groupOf } from '../http/route-group.js';
import { AddressLimits } from './address-limits.js';

/**
 * Slows down guessing of API keys: an address with too many wrong keys gets 429 for any request.
 */
@Injectable()
export class FailedKeys implements RequestObserver {
  constructor(
    requests: RequestLifecycle,
    private readonly limits: AddressLimits,
  ) {
    requests.observe(this);
  }

  onStart(request: FastifyRequest): void {
    if (groupOf(request) === 'rest') this.limits.require('failed_keys', request.ip);
  }

  onEnd(request: FastifyRequest, { status }: RequestOutcome): void {
    if (status === 401 && groupOf(request) === 'rest') this.limits.count('failed_keys', request.ip);
  }
}
