import { Module } from '@nestjs/common';
import { ClockModule } from '../clock/clock.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { SessionModule } from '../session/session.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { AckCollector } from './ack-collector.js';
import { DeliveryObserver } from './delivery-observer.js';
import { DeliverySpans } from './delivery-spans.js';
import { Hub } from './hub.js';
import { NackCollector } from './nack-collector.js';
import { SessionOpener } from './session-opener.js';
import { TopicJoiner } from './topic-joiner.js';
import { TopicPlaces } from './topic-places.js';

/** Delivers log entries to the clients of this node's sessions and collects their acks. */
@Module({
  imports: [ClockModule, TopicModule, SessionModule, QueueModule],
  providers: [
    Hub,
    SessionOpener,
    TopicJoiner,
    TopicPlaces,
    DeliveryObserver,
    DeliverySpans,
    AckCollector,
    NackCollector,
  ],
  exports: [Hub, SessionOpener, TopicJoiner, AckCollector, NackCollector, DeliverySpans],
})
export class DeliveryModule {}
