import { Module } from '@nestjs/common';
import { Erp } from './erp.js';

@Module({ providers: [Erp], exports: [Erp] })
export class ErpModule {}
