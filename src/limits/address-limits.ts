import proxyAddr from '@fastify/proxy-addr';
import { Injectable } from '@nestjs/common';
import { LimitSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { Metrics } from '../observability/metrics.js';
import { AddressWindow } from './address-window.js';

const WINDOW_MS = 60_000;
const MAX_SIGN_INS = 10;

/** Counted events: wrong admin keys at the console, wrong API keys, handshakes. */
export type AddressLimit = 'sign_ins' | 'failed_keys' | 'handshakes';

const DETAILS: Readonly<Record<AddressLimit, string>> = {
  sign_ins: 'Too many wrong keys came from this address. Wait a minute.',
  failed_keys: 'Too many wrong API keys came from this address. Wait a minute.',
  handshakes: 'Too many sockets were opened from this address. Wait a minute.',
};

/** Limits per minute, address and process on costly events and on guessing of keys. */
@Injectable()
export class AddressLimits {
  private readonly windows: Readonly<Record<AddressLimit, AddressWindow>>;
  private readonly isOwn: (address: string, hop: number) => boolean;
  /** Verdicts of `isUnlimited`, because parsing an address costs more than the rest of a check. */
  private readonly unlimited = new Map<string, boolean>();

  constructor(
    private readonly settings: LimitSettings,
    private readonly metrics: Metrics,
  ) {
    const window = (max: number): AddressWindow =>
      new AddressWindow({ max, windowMs: WINDOW_MS, addresses: settings.limitAddresses });
    this.windows = {
      sign_ins: window(MAX_SIGN_INS),
      failed_keys: window(settings.failedKeysPerAddress),
      handshakes: window(settings.wsHandshakesPerAddress),
    };
    this.isOwn = proxyAddr.compile([...settings.unlimitedAddresses]);
    const help = 'Addresses that the per-address limits of this process remember';
    const { sign_ins, failed_keys, handshakes } = this.windows;
    metrics.sampled('limit_addresses', help, () => sign_ins.size + failed_keys.size + handshakes.size);
  }

  /** @throws PostriderError `rate_limited` if the address has reached the limit. */
  require(limit: AddressLimit, address: string): void {
    const retryAfterMs = this.windows[limit].waitMs(address);
    if (retryAfterMs === 0) return;
    this.metrics.limited(limit).inc();
    throw new PostriderError('rate_limited', DETAILS[limit], { retryAfterMs });
  }

  /**
   * Counts wrong admin keys from every address, everything else only from addresses that are not
   * exempt.
   */
  count(limit: AddressLimit, address: string): void {
    if (limit === 'sign_ins' || !this.isUnlimited(address)) this.windows[limit].count(address);
  }

  /** True if the address is exempt from per-address limits (`UNLIMITED_ADDRESSES`). */
  isUnlimited(address: string): boolean {
    let isUnlimited = this.unlimited.get(address);
    if (isUnlimited === undefined) {
      isUnlimited = this.isOwn(address, 0);
      if (this.unlimited.size >= this.settings.limitAddresses) this.unlimited.clear();
      this.unlimited.set(address, isUnlimited);
    }
    return isUnlimited;
  }
}
