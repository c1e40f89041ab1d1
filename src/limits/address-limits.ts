import proxyAddr from '@fastify/proxy-addr';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { PostriderError } from '../contract/postrider-error.js';
import { Metrics } from '../observability/metrics.js';
import { AddressWindow } from './address-window.js';

const WINDOW_MS = 60_000;
const MAX_SIGN_INS = 10;

/** What is counted: wrong admin keys at the console, wrong API keys, sockets that are opened. */
export type AddressLimit = 'sign_ins' | 'failed_keys' | 'handshakes';

const DETAILS: Readonly<Record<AddressLimit, string>> = {
  sign_ins: 'Too many wrong keys came from this address: wait a minute.',
  failed_keys: 'Too many wrong API keys came from this address: wait a minute.',
  handshakes: 'Too many sockets were opened from this address: wait.',
};

/** How often one address may do what costs us or is worth guessing at, a minute, at this process. */
@Injectable()
export class AddressLimits {
  private readonly windows: Readonly<Record<AddressLimit, AddressWindow>>;
  private readonly isOwn: (address: string, hop: number) => boolean;

  constructor(
    config: Config,
    private readonly metrics: Metrics,
  ) {
    const window = (max: number): AddressWindow =>
      new AddressWindow({ max, windowMs: WINDOW_MS, addresses: config.limitAddresses });
    this.windows = {
      sign_ins: window(MAX_SIGN_INS),
      failed_keys: window(config.failedKeysPerAddress),
      handshakes: window(config.wsHandshakesPerAddress),
    };
    this.isOwn = proxyAddr.compile([...config.unlimitedAddresses]);
    const help = 'Addresses that the limits by address of this process remember';
    const { sign_ins, failed_keys, handshakes } = this.windows;
    metrics.sampled('limit_addresses', help, () => sign_ins.size + failed_keys.size + handshakes.size);
  }

  /** @throws PostriderError `rate_limited` where the address has used up its share. */
  require(limit: AddressLimit, address: string): void {
    const retryAfterMs = this.windows[limit].waitMs(address);
    if (retryAfterMs === 0) return;
    this.metrics.limited(limit).inc();
    throw new PostriderError('rate_limited', DETAILS[limit], { retryAfterMs });
  }

  /** Guesses at admin keys count from everywhere, all else only from addresses that are not our own. */
  count(limit: AddressLimit, address: string): void {
    if (limit === 'sign_ins' || !this.isUnlimited(address)) this.windows[limit].count(address);
  }

  /** Whether limits by address leave it alone (`UNLIMITED_ADDRESSES`). */
  isUnlimited(address: string): boolean {
    return this.isOwn(address, 0);
  }
}
