import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { postriderErrorOf } from '../contract/problem.js';
import { AddressLimits } from './address-limits.js';

const REST = '/v1/';

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
        if (isRest(request.routeOptions.url)) this.limits.require('failed_keys', request.ip);
        done();
      } catch (error) {
        done(postriderErrorOf(error));
      }
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      if (reply.statusCode === 401 && isRest(request.routeOptions.url)) this.limits.count('failed_keys', request.ip);
      done();
    });
  }
}

const isRest = (route: string | undefined): boolean => route?.startsWith(REST) ?? false;
