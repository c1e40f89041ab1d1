import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type JWTVerifyGetKey, createLocalJWKSet } from 'jose';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { readKeySet } from './key-set.js';
import { RemoteKeySet } from './remote-key-set.js';
import { WatchedFile } from './watched-file.js';

/** Public keys of the token issuers by `kid`, from `JWKS_URL` or `JWKS_FILE`. */
@Injectable()
export class PublicKeys implements OnModuleInit, OnModuleDestroy {
  /** Finds the key of a token; undefined without a JWKS. */
  find?: JWTVerifyGetKey;
  private readonly file?: WatchedFile<JWTVerifyGetKey>;
  private readonly remote?: RemoteKeySet;

  /** @throws Error if the file is invalid. */
  constructor(
    private readonly config: Config,
    metrics: Metrics,
  ) {
    const { jwksFile, jwksUrl, roles } = config;
    if (jwksFile !== undefined) {
      const file = new WatchedFile<JWTVerifyGetKey>('JWKS_FILE', jwksFile, (text) =>
        createLocalJWKSet(readKeySet(text)),
      );
      file.follow((find) => (this.find = find));
      this.file = file;
    }
    // Only a process with sockets needs the keys.
    if (jwksUrl !== undefined && roles.has('gateway')) {
      this.remote = new RemoteKeySet(jwksUrl, config, metrics);
      this.find = this.remote.find;
    }
    const help = 'Time since the last successful fetch of JWKS_URL, or since the start';
    metrics.sampled('jwks_age_seconds', help, () => (this.remote?.ageMs ?? 0) / 1_000, 'max');
  }

  async onModuleInit(): Promise<void> {
    this.file?.watch(this.config.keyFilePollMs);
    await this.remote?.start();
  }

  onModuleDestroy(): void {
    this.file?.stop();
    this.remote?.stop();
  }

  get fault(): string | undefined {
    return this.file?.fault ?? this.remote?.fault;
  }
}
