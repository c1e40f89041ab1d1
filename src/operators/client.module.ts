import { Module } from '@nestjs/common';
import { ClientController } from './client.controller.js';
import { PageFilesModule } from './page-files.module.js';

/** The client SDK at `/client/postrider.js`. */
@Module({ imports: [PageFilesModule], controllers: [ClientController] })
export class ClientModule {}
