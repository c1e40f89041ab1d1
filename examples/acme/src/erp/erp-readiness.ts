import { Injectable } from '@nestjs/common';
import { ReadinessCheck, type ReadinessResult } from 'postrider';
import { Erp } from './erp.js';

/** Takes this process out of the load balancer while the ERP is unreachable. */
@Injectable()
export class ErpReadiness extends ReadinessCheck {
  readonly name = 'erp';

  constructor(private readonly erp: Erp) {
    super();
  }

  async check(): Promise<ReadinessResult> {
    return (await this.erp.ping()) ? { ready: true } : { ready: false, detail: 'the ERP does not answer' };
  }
}
