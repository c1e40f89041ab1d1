import { Injectable } from '@nestjs/common';
import { Tracing } from '../observability/tracing.js';
import { ReleaseQueue } from '../queue/release-queue.js';
import { Committer } from './committer.js';
import { NotificationStore } from './notification-store.js';

/**
 * Releases scheduled notifications into their topics. Harmless when run twice, even after a crash
 * in between.
 */
@Injectable()
export class Releaser {
  constructor(
    private readonly store: NotificationStore,
    private readonly committer: Committer,
    private readonly releases: ReleaseQueue,
    private readonly tracing: Tracing,
  ) {}

  async release(id: string): Promise<void> {
    const state = await this.store.move(id, 'release');
    if (state !== 'releasing' && state !== 'scheduled') return;
    const stored = await this.store.find(id);
    if (state === 'scheduled') {
      // This process only estimates the clock of Redis, so the job may have run too early.
      if (stored) await this.releases.add(id, stored.draft.releaseAtMs);
      return;
    }
    const parent = stored?.draft.trace;
    const span =
      parent && this.tracing.start('release', { kind: 'consumer', parent, attributes: { 'messaging.message.id': id } });
    if (stored) await this.committer.commit(id, stored.draft, { promised: true });
    span?.end();
    await this.store.move(id, 'released');
  }
}
