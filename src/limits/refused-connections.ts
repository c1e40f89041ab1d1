import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpAdapter } from '../http/http-adapter.js';
import { unreadableRequest } from '../http/refused-connection.js';
import { Metrics } from '../observability/metrics.js';

/** Counts connections that are refused before there is a request. */
@Injectable()
export class RefusedConnections implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    const { httpAdapter } = this.host;
    if (!(httpAdapter instanceof HttpAdapter)) return;
    for (const server of httpAdapter.servers) {
      server.on('drop', () => this.metrics.limited('http_connections').inc());
    }
    // The admin port forwards its parser errors to the first server, so one listener hears both.
    httpAdapter.servers[0]?.on('clientError', (error) => {
      const { code } = unreadableRequest(error);
      if (code === 'header_too_large') this.metrics.limited('http_header').inc();
      if (code === 'request_timeout') this.metrics.limited('http_time').inc();
    });
  }
}
