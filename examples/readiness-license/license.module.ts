import { Module } from '@nestjs/common';
import { License } from './license.js';

@Module({ providers: [License], exports: [License] })
export class LicenseModule {}
