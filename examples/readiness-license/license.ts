import { Injectable } from '@nestjs/common';

/** Stand-in for a service that knows the customer's license. */
@Injectable()
export class License {
  endsAtMs = Number.POSITIVE_INFINITY;
}
