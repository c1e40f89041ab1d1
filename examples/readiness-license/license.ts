import { Injectable } from '@nestjs/common';

/** The contract with a customer, as some service of yours tells it. */
@Injectable()
export class License {
  endsAtMs = Number.POSITIVE_INFINITY;
}
