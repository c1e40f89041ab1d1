import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { PostriderError } from '../contract/postrider-error.js';
import type { PublisherRequest } from './api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';

/** `Publisher` whose API key the guard has accepted. */
export const CurrentPublisher = createParamDecorator((_: unknown, context: ExecutionContext): Publisher => {
  const { publisher } = context.getArgByIndex<PublisherRequest>(0);
  if (!publisher) throw new PostriderError('unauthorized');
  return publisher;
});
