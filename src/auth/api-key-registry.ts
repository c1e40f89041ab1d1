import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RedisClock } from '../clock/redis-clock.js';
import { DEMO_APP } from '../contract/topic-name.js';
import { derivedKey } from './derived-key.js';
import { KeyFile } from './key-file.js';
import { type KeyEntry, KeyRing, digestOf } from './key-ring.js';
import type { PublisherGrant } from './publisher-authenticator.port.js';
import { ALL_SCOPES, type Scope } from './scope.js';

/** Limited, because the demo's key is public. */
const DEMO_SCOPES: ReadonlySet<Scope> = new Set(['publish', 'read']);

/**
 * API keys of this installation, kept as digests only: those of `API_KEYS`, with all scopes, and
 * those of `API_KEYS_FILE`.
 */
@Injectable()
export class ApiKeyRegistry {
  private ring: KeyRing<PublisherGrant>;

  constructor({ apiKeys, demo, jwtSecret }: Config, file: KeyFile, clock: RedisClock) {
    const ringOf = (entries: readonly KeyEntry<PublisherGrant>[]): KeyRing<PublisherGrant> =>
      new KeyRing(entries, () => clock.now());
    this.ring = ringOf([]);
    const own = apiKeys.map(({ app, name, key }) => entryOf(app, name, digestOf(key), ALL_SCOPES));
    if (demo) own.push(entryOf(DEMO_APP, 'demo', digestOf(demoApiKey(jwtSecret)), DEMO_SCOPES));
    file.follow((keys) => {
      const filed = keys.flatMap(({ app, name, digest, scopes, notAfterMs }) =>
        app === undefined ? [] : [entryOf(app, name, digest, scopes, notAfterMs)],
      );
      this.ring = ringOf([...own, ...filed]);
    });
  }

  /** Every app that has a key. */
  get apps(): readonly string[] {
    return [...new Set(this.ring.entries.map(({ owner }) => owner.publisher.app))];
  }

  grantOf(key: string): PublisherGrant | undefined {
    return this.ring.ownerOf(key);
  }
}

function entryOf(
  app: string,
  name: string,
  digest: Buffer,
  scopes: ReadonlySet<Scope>,
  notAfterMs?: number,
): KeyEntry<PublisherGrant> {
  return { digest, owner: { publisher: { app, name }, scopes }, notAfterMs };
}

/** Key of the app `postrider.demo`, the same on every node; accepted only if `DEMO` is on. */
export const demoApiKey = (jwtSecret: string): string =>
  `demo_${derivedKey(jwtSecret, 'demo api key').export().toString('base64url')}`;
