import { Injectable } from '@nestjs/common';
import { ReadinessCheck, type ReadinessResult } from 'postrider';
import { License } from './license.js';

/**
 * Takes this process out of the load balancer once the license has expired; open sockets stay open.
 */
@Injectable()
export class LicenseReadiness extends ReadinessCheck {
  readonly name = 'license';

  constructor(private readonly license: License) {
    super();
  }

  check(): Promise<ReadinessResult> {
    const ready = Date.now() < this.license.endsAtMs;
    return Promise.resolve(ready ? { ready } : { ready, detail: 'the license has expired' });
  }
}
