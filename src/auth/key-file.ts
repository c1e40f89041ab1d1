import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { AccessSettings } from '../config/settings.js';
import { instant, msOfInstant } from '../contract/instant.schema.js';
import { parse } from '../contract/parse.js';
import { SCOPES, type Scope } from './scope.js';
import { jsonOf } from './json-text.js';
import { WatchedFile } from './watched-file.js';

/** App of an admin key, which may act for any app and open the console. */
const ANY_APP = '*';
const MAX_KEYS = 10_000;

const isApp = (text: string): boolean => text === ANY_APP || /^[A-Za-z0-9_-]{1,64}$/.test(text);

const fileKey = z.strictObject({
  app: z.string().refine(isApp, 'must be an app name, or * for all apps'),
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  notAfter: instant.optional(),
});

const fileKeys = z.array(fileKey).max(MAX_KEYS);

/** Key of `API_KEYS_FILE`. */
export interface FileKey {
  /** Undefined for every app, which makes it an admin key. */
  readonly app: string | undefined;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly digest: Buffer;
  readonly notAfterMs: number | undefined;
}

/** @throws PostriderError naming the field at fault, never its value. */
export function readKeys(text: string): readonly FileKey[] {
  const keys = parse(fileKeys, jsonOf(text), 'keys');
  const twice = keys.findIndex(({ sha256 }, index) => keys.findIndex((other) => other.sha256 === sha256) < index);
  if (twice >= 0) throw new Error(`keys[${twice}].sha256 is a duplicate`);
  return keys.map(({ app, name, scopes, sha256, notAfter }) => ({
    app: app === ANY_APP ? undefined : app,
    name,
    scopes: new Set(scopes),
    digest: Buffer.from(sha256, 'hex'),
    notAfterMs: notAfter === undefined ? undefined : msOfInstant(notAfter),
  }));
}

/**
 * Keys of `API_KEYS_FILE`: hashes with their scopes; several may share a name while one replaces
 * the other.
 */
@Injectable()
export class KeyFile implements OnModuleInit, OnModuleDestroy {
  private readonly file?: WatchedFile<readonly FileKey[]>;

  /** @throws Error if the file is invalid. */
  constructor(private readonly settings: AccessSettings) {
    const { apiKeysFile } = settings;
    if (apiKeysFile !== undefined) this.file = new WatchedFile('API_KEYS_FILE', apiKeysFile, readKeys);
  }

  onModuleInit(): void {
    this.file?.watch(this.settings.keyFilePollMs);
  }

  onModuleDestroy(): void {
    this.file?.stop();
  }

  get fault(): string | undefined {
    return this.file?.fault;
  }

  /** Calls the listener with all keys, now and after each change of the file. */
  follow(listener: (keys: readonly FileKey[]) => void): void {
    if (this.file) this.file.follow(listener);
    else listener([]);
  }
}
