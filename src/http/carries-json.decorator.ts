import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { writeJson } from '../contract/json/json-writer.js';

/** Methods that are used of the framework's reply. */
interface Serializing {
  header(name: string, value: string): unknown;
  serializer(write: (answer: unknown) => string): unknown;
}

@Injectable()
class WriteJson implements NestInterceptor<unknown, unknown> {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): ReturnType<CallHandler<unknown>['handle']> {
    const reply = context.switchToHttp().getResponse<Serializing>();
    reply.serializer(writeJson);
    // The framework sets no type on a reply with a serializer.
    reply.header('content-type', 'application/json; charset=utf-8');
    return next.handle();
  }
}

/** Marks a call whose answer contains `JsonText`: published data, passed through unchanged. */
export const CarriesJson = (): MethodDecorator => UseInterceptors(WriteJson);
