import { Module } from '@nestjs/common';
import { TeamDirectory } from './team-directory.js';

@Module({ providers: [TeamDirectory], exports: [TeamDirectory] })
export class TeamModule {}
