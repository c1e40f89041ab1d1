import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { PostriderError } from '../errors/postrider.error.js';
import { ApiKeyRegistry, type Publisher } from './api-key.registry.js';

/** What the guard reads of a request and leaves on it. */
export interface PublisherRequest {
  headers: { authorization?: string };
  publisher?: Publisher;
}

const BEARER = /^Bearer +(\S+) *$/i;

/** Lets requests with a known API key pass and notes whose it is; others are answered `unauthorized`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly keys: ApiKeyRegistry) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<PublisherRequest>();
    const [, key] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    if (key === undefined)
      throw new PostriderError('unauthorized', 'Send an API key as "Authorization: Bearer <key>".');
    const publisher = this.keys.publisherOf(key);
    if (!publisher) throw new PostriderError('unauthorized', 'The API key is not known.');
    request.publisher = publisher;
    return true;
  }
}
