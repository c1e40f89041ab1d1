import { Injectable } from '@nestjs/common';
import { AcceptHook, type NotificationBody, PostriderError, type Publisher } from 'postrider';

/** Marks every notification as Acme's, and refuses types of other brands. */
@Injectable()
export class BrandHook extends AcceptHook {
  override beforeAccept(_publisher: Publisher, body: NotificationBody): NotificationBody {
    if (!body.type.startsWith('order.')) {
      throw new PostriderError(
        'forbidden',
        'Acme only sends notifications about orders. Use a type that starts with `order.`.',
        { field: 'type' },
      );
    }
    return { ...body, metadata: { ...body.metadata, brand: 'acme' } };
  }
}
