import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Identity } from 'postrider';

/** Table of opaque tokens, in memory. A real one would ask the service that issued them. */
@Injectable()
export class TokenTable {
  private readonly identities = new Map<string, Identity>();

  /** @returns a new token for the identity; only its digest is kept. */
  issue(identity: Identity): string {
    const token = randomBytes(24).toString('base64url');
    this.identities.set(digest(token), identity);
    return token;
  }

  revoke(token: string): void {
    this.identities.delete(digest(token));
  }

  identityOf(token: string): Identity | undefined {
    return this.identities.get(digest(token));
  }
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64url');
