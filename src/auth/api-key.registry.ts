import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { DEMO_APP } from '../topic/topic.name.js';
import { derivedKey } from './derived.key.js';
import { digestOf, ownerOf } from './digest.js';

/** A backend that uses REST: which app it belongs to and by what name it is known there. */
export interface Publisher {
  readonly app: string;
  readonly name: string;
}

/** The API keys of this installation, held as digests only. */
@Injectable()
export class ApiKeyRegistry {
  /** Every app that has a key. */
  readonly apps: readonly string[];
  private readonly entries: readonly { digest: Buffer; owner: Publisher }[];

  constructor({ apiKeys, demo, jwtSecret }: Config) {
    const demoKeys = demo ? [{ app: DEMO_APP, name: 'demo', key: demoApiKey(jwtSecret) }] : [];
    const all = [...apiKeys, ...demoKeys];
    this.entries = all.map(({ app, name, key }) => ({ digest: digestOf(key), owner: { app, name } }));
    this.apps = [...new Set(all.map(({ app }) => app))];
  }

  publisherOf(key: string): Publisher | undefined {
    return ownerOf(this.entries, key);
  }
}

/** The key of the app `postrider.demo`, the same on every node; known only where `DEMO` is on. */
export const demoApiKey = (jwtSecret: string): string =>
  `demo_${derivedKey(jwtSecret, 'demo api key').export().toString('base64url')}`;
