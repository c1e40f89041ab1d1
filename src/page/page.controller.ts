import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Controller, Get, NotFoundException, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

const FOLDER = new URL('./public/', import.meta.url);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page handles tokens and keys: nothing but its own files and its own server may take part. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'no-cache',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Serves the files of `public/` from memory: the index at `/`, the others under `/page/`. */
@ApiExcludeController()
@Controller()
export class PageController {
  readonly #files = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER))]));

  @Get()
  index(@Res() reply: FastifyReply): void {
    this.#send('index.html', reply);
  }

  @Get('page/:file')
  file(@Param('file') name: string, @Res() reply: FastifyReply): void {
    this.#send(name, reply);
  }

  #send(name: string, reply: FastifyReply): void {
    const content = this.#files.get(name);
    if (content === undefined) throw new NotFoundException();
    void reply
      .headers(HEADERS)
      .type(CONTENT_TYPES[extname(name)] ?? 'application/octet-stream')
      .send(content);
  }
}
