import { Injectable } from '@nestjs/common';
import { ClaimsTopicAuthorizer, type Identity } from 'postrider';

const APP = 'main';
const ORDERS = /^orders\.(.+)$/;

/** Reserves topics `orders.<user>` for that user; the token decides about all others. */
@Injectable()
export class OrderTopicAuthorizer extends ClaimsTopicAuthorizer {
  override canSubscribe(identity: Identity, topic: string): boolean {
    const [, user] = ORDERS.exec(topic) ?? [];
    if (user === undefined) return super.canSubscribe(identity, topic);
    return identity.app === APP && identity.user === user;
  }

  override canPublish(identity: Identity, topic: string): boolean {
    return !ORDERS.test(topic) && super.canPublish(identity, topic);
  }
}
