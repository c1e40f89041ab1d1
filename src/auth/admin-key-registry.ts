import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessSettings } from '../config/settings.js';
import { RedisClock } from '../clock/redis-clock.js';
import { derivedKey } from './derived-key.js';
import { KeyFile } from './key-file.js';
import { type KeyEntry, KeyRing, digestOf } from './key-ring.js';
import { ALL_SCOPES, type Scope } from './scope.js';

/** Operator of this installation. */
export interface Admin {
  readonly name: string;
  /** Changes with the key, so that a console session ends when its key is removed. */
  readonly fingerprint: string;
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * Admin keys of this installation, kept as digests only: those of `ADMIN_KEYS`, and those of
 * `API_KEYS_FILE` for any app.
 */
@Injectable()
export class AdminKeyRegistry {
  private ring: KeyRing<Admin>;

  constructor({ adminKeys, jwtSecret }: AccessSettings, file: KeyFile, clock: RedisClock) {
    const ringOf = (entries: readonly KeyEntry<Admin>[]): KeyRing<Admin> => new KeyRing(entries, () => clock.now());
    this.ring = ringOf([]);
    const fingerprintKey = derivedKey(jwtSecret, 'console session');
    const entryOf = (
      name: string,
      digest: Buffer,
      scopes: ReadonlySet<Scope>,
      notAfterMs?: number,
    ): KeyEntry<Admin> => {
      const fingerprint = createHmac('sha256', fingerprintKey)
        .update(`${name} `)
        .update(digest)
        .digest('base64url')
        .slice(0, 16);
      return { digest, owner: { name, fingerprint, scopes }, notAfterMs };
    };
    const own = adminKeys.map(({ name, key }) => entryOf(name, digestOf(key), ALL_SCOPES));
    file.follow((keys) => {
      const filed = keys.flatMap(({ app, name, digest, scopes, notAfterMs }) =>
        app === undefined ? [entryOf(name, digest, scopes, notAfterMs)] : [],
      );
      this.ring = ringOf([...own, ...filed]);
    });
  }

  get isEmpty(): boolean {
    return this.ring.entries.length === 0;
  }

  adminOf(key: string): Admin | undefined {
    return this.ring.ownerOf(key);
  }

  /** Admin whose current key has this fingerprint. */
  find(name: string, fingerprint: string): Admin | undefined {
    return this.ring.find((admin) => admin.name === name && admin.fingerprint === fingerprint);
  }
}
