import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { postriderErrorOf } from '../contract/problem.js';
import { groupOf } from '../http/route-group.js';
import { AddressLimits } from './address-limits.js';

/**
 * Slows down guessing of API keys: an address with too many wrong keys gets 429 for any request.
 */
@Injectable()
export class FailedKeys implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly limits: AddressLimits,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance();
    fastify.addHook('onRequest', (request, _reply, done) => {
      try {
        if (groupOf(request) === 'rest') this.limits.require('failed_keys', request.ip);
        done();
      } catch (error) {
        done(postriderErrorOf(error));
      }
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      if (reply.statusCode === 401 && groupOf(request) === 'rest') this.limits.count('failed_keys', request.ip);
      done();
    });
  }
}
