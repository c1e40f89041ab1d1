import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { derivedKey } from './derived.key.js';
import { digestOf, ownerOf } from './digest.js';

/** Somebody who operates this installation. */
export interface Admin {
  readonly name: string;
  /** Changes with the key, so that a console session ends when the key it was opened with is taken away. */
  readonly mark: string;
}

/** The admin keys of this installation, held as digests only. */
@Injectable()
export class AdminKeyRegistry {
  private readonly entries: readonly { digest: Buffer; owner: Admin }[];

  constructor({ adminKeys, jwtSecret }: Config) {
    const markKey = derivedKey(jwtSecret, 'console session');
    this.entries = adminKeys.map(({ name, key }) => {
      const mark = createHmac('sha256', markKey).update(`${name} ${key}`).digest('base64url').slice(0, 16);
      return { digest: digestOf(key), owner: { name, mark } };
    });
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  adminOf(key: string): Admin | undefined {
    return ownerOf(this.entries, key);
  }

  /** Whether this admin's key is still the one that gave the mark. */
  knows({ name, mark }: Admin): boolean {
    return this.entries.some(({ owner }) => owner.name === name && owner.mark === mark);
  }
}
