import { Module } from '@nestjs/common';
import { PageController } from './page.controller.js';

/** The page at `/`: connect, watch notifications arrive, acknowledge and send them. */
@Module({ controllers: [PageController] })
export class PageModule {}
