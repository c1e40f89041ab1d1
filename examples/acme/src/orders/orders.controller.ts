import { Body, ConflictException, Controller, Param, Post, UseGuards } from '@nestjs/common';
import { type Accepted, ApiKeyGuard, CurrentPublisher, Notifications, type Publisher, RequiresScope } from 'postrider';

/** Acme's own endpoint: the shop reports orders and knows nothing about notifications. */
@Controller('acme/orders')
@UseGuards(ApiKeyGuard)
export class OrdersController {
  constructor(private readonly notifications: Notifications) {}

  @Post(':id/shipped')
  @RequiresScope('publish')
  shipped(
    @CurrentPublisher() publisher: Publisher,
    @Param('id') id: string,
    @Body() { user }: { user: string },
  ): Promise<Accepted> {
    if (id.startsWith('draft-')) throw new ConflictException(`order ${id} is a draft`);
    const body = { to: { user }, type: 'order.shipped', data: { id } };
    return this.notifications.publish(publisher, body, { idempotencyKey: `shipped-${id}` });
  }
}
