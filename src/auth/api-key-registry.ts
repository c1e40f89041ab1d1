import { Injectable } from '@nestjs/common';
import { AccessSettings } from '../config/settings.js';
import { RedisClock } from '../clock/redis-clock.js';
import { KeyFile } from './key-file.js';
import { type KeyEntry, KeyRing, digestOf } from './key-ring.js';
import type { PublisherGrant } from './publisher-authenticator.port.js';
import { ALL_SCOPES, type Scope } from './scope.js';

/** API key of an internal app, as its pages send it. */
export interface InternalKey {
  readonly app: string;
  readonly name: string;
  readonly key: string;
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * API keys of this installation, kept as digests only: those of `API_KEYS`, with all scopes, those
 * of `API_KEYS_FILE`, and those of internal apps.
 */
@Injectable()
export class ApiKeyRegistry {
  private ring: KeyRing<PublisherGrant>;
  private readonly own: KeyEntry<PublisherGrant>[];
  private filed: readonly KeyEntry<PublisherGrant>[] = [];

  constructor(
    { apiKeys }: AccessSettings,
    file: KeyFile,
    private readonly clock: RedisClock,
  ) {
    this.own = apiKeys.map(({ app, name, key }) => entryOf(app, name, digestOf(key), ALL_SCOPES));
    this.ring = this.renewed();
    file.follow((keys) => {
      this.filed = keys.flatMap(({ app, name, digest, scopes, notAfterMs }) =>
        app === undefined ? [] : [entryOf(app, name, digest, scopes, notAfterMs)],
      );
      this.ring = this.renewed();
    });
  }

  /** Admits the key of an internal app. */
  admit({ app, name, key, scopes }: InternalKey): void {
    this.own.push(entryOf(app, name, digestOf(key), scopes));
    this.ring = this.renewed();
  }

  /** Every app that has a key. */
  get apps(): readonly string[] {
    return [...new Set(this.ring.entries.map(({ owner }) => owner.publisher.app))];
  }

  grantOf(key: string): PublisherGrant | undefined {
    return this.ring.ownerOf(key);
  }

  private renewed(): KeyRing<PublisherGrant> {
    return new KeyRing([...this.own, ...this.filed], () => this.clock.now());
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
