import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { writeJson } from '../contract/json/json-writer.js';

/** What is needed of the framework's reply. */
interface Serializing {
  header(name: string, value: string): unknown;
  serializer(write: (answer: unknown) => string): unknown;
}

@Injectable()
class WriteJson implements NestInterceptor<unknown, unknown> {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): ReturnType<CallHandler<unknown>['handle']> {
    const reply = context.switchToHttp().getResponse<Serializing>();
    reply.serializer(writeJson);
    // A reply with a serializer of its own is given no type by the framework.
    reply.header('content-type', 'application/json; charset=utf-8');
    return next.handle();
  }
}

/** For a call whose answer has `JsonText` in it: the data of notifications, as it was sent. */
export const CarriesJson = (): MethodDecorator => UseInterceptors(WriteJson);
