import { Module } from '@nestjs/common';
import { RoomDirectory } from './room-directory.js';

@Module({ providers: [RoomDirectory], exports: [RoomDirectory] })
export class RoomModule {}
