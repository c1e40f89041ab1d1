import { Injectable } from '@nestjs/common';
import { type Admin, AdminKeyRegistry } from '../auth/admin-key-registry.js';
import { ApiKeyRegistry } from '../auth/api-key-registry.js';
import { PostriderError } from '../contract/postrider-error.js';
import { postriderErrorOf } from '../contract/problem.js';
import { AddressLimits } from '../limits/address-limits.js';
import { EventLogger } from '../observability/event-logger.js';

const IS_API_KEY = 'This is an API key, which is for REST. Sign in with an admin key: one of ADMIN_KEYS.';

/** Request that signs in. */
interface SignInRequest {
  readonly id: string;
  /** Address of the browser. */
  readonly ip: string;
}

/** Checks admin keys and limits guessing by address. */
@Injectable()
export class AdminSignIn {
  private readonly logger = new EventLogger(AdminSignIn.name);

  constructor(
    private readonly admins: AdminKeyRegistry,
    private readonly keys: ApiKeyRegistry,
    private readonly limits: AddressLimits,
  ) {}

  /**
   * @throws PostriderError `forbidden`, `unauthorized`, or `rate_limited` if the address has failed
   * too often.
   */
  adminOf(key: string, { id: requestId, ip }: SignInRequest): Admin {
    if (this.admins.isEmpty) {
      throw new PostriderError('forbidden', 'Sign-in is disabled. Set ADMIN_KEYS to a list of name:key.');
    }
    try {
      const admin = this.check(key, ip);
      this.logger.event('signed_in', { requestId, admin: admin.name });
      return admin;
    } catch (thrown) {
      this.logger.event('sign_in_failed', { requestId, code: postriderErrorOf(thrown).code });
      throw thrown;
    }
  }

  private check(key: string, ip: string): Admin {
    this.limits.require('sign_ins', ip);
    const admin = this.admins.adminOf(key);
    if (admin) return admin;
    this.limits.count('sign_ins', ip);
    const detail = this.keys.grantOf(key) ? IS_API_KEY : 'This key is unknown. Use one of ADMIN_KEYS.';
    throw new PostriderError('unauthorized', detail);
  }
}
