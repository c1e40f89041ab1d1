import { extname } from 'node:path';
import { Controller, Get, type OnModuleInit, Param, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Config } from '../config/config.js';
import { PageFiles } from './page-files.js';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.map': 'application/json',
  '.woff2': 'font/woff2',
};

/**
 * Strict headers, because the pages handle tokens and keys: only their own files and server may
 * take part.
 */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    // The queue board in the console.
    "frame-src 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'no-cache',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Asset names change with their content. */
const ASSET_HEADERS = {
  'Cache-Control': 'public, max-age=31536000, immutable',
  'X-Content-Type-Options': 'nosniff',
};

/** Pages of other hosts may import the client, which holds nothing private. */
const CLIENT_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Cache-Control': 'no-cache',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Serves the demo at `/`, the console at `/console`, their assets, and the client for other pages.
 */
@ApiExcludeController()
@Controller()
export class PageController implements OnModuleInit {
  constructor(
    private readonly files: PageFiles,
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly config: Config,
  ) {}

  /** Redirects paths with a trailing slash, which Nest does not match. */
  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance();
    fastify.get('/console/', (_request, reply) => reply.redirect(`${this.config.publicPath}/console`, 308));
  }

  @Get()
  demo(@Res() reply: FastifyReply): void {
    send(reply, 'index.html', this.files.read('demo', 'index.html'), PAGE_HEADERS);
  }

  @Get('console')
  console(@Res() reply: FastifyReply): void {
    send(reply, 'index.html', this.files.read('console', 'index.html'), PAGE_HEADERS);
  }

  @Get('assets/:file')
  asset(@Param('file') name: string, @Res() reply: FastifyReply): void {
    send(reply, name, this.files.read('assets', name), ASSET_HEADERS);
  }

  @Get('client/:file')
  client(@Param('file') name: string, @Res() reply: FastifyReply): void {
    send(reply, name, this.files.read('client', name), CLIENT_HEADERS);
  }
}

function send(reply: FastifyReply, name: string, content: Buffer, headers: Readonly<Record<string, string>>): void {
  void reply
    .headers(headers)
    .type(CONTENT_TYPES[extname(name)] ?? 'application/octet-stream')
    .send(content);
}
