import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';

/** A backend that uses REST: which app it belongs to and by what name it is known there. */
export interface Publisher {
  readonly app: string;
  readonly name: string;
}

/** The API keys of this installation, held as digests only. */
@Injectable()
export class ApiKeyRegistry {
  private readonly entries: readonly { digest: Buffer; publisher: Publisher }[];

  constructor({ apiKeys }: Config) {
    this.entries = apiKeys.map(({ app, name, key }) => ({ digest: sha256(key), publisher: { app, name } }));
  }

  /** Whose key this is. Compares with every key in constant time, so that the answer's time tells nothing. */
  publisherOf(key: string): Publisher | undefined {
    const digest = sha256(key);
    let found: Publisher | undefined;
    for (const entry of this.entries) if (timingSafeEqual(entry.digest, digest)) found = entry.publisher;
    return found;
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
