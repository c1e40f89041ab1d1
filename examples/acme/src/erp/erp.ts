import { Injectable } from '@nestjs/common';

/** Stand-in for the ERP that Acme depends on. */
@Injectable()
export class Erp {
  isUp = true;

  async ping(): Promise<boolean> {
    return this.isUp;
  }
}
