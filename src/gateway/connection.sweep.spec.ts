import { describe, expect, it } from '@jest/globals';
import { Config } from '../config/config.js';
import type { SessionRecord, SessionStore } from '../session/session.store.js';
import type { Connection } from './connection.js';
import type { ConnectionRegistry } from './connection.registry.js';
import { ConnectionSweep } from './connection.sweep.js';
import type { SessionBinder } from './session.binder.js';

const HELD_GENERATION = 3;
const CONFIG = Config.from({
  NODE_ENV: 'test',
  REDIS_URL: 'redis://127.0.0.1:6379',
  API_KEYS: 'main:test:a-key',
  JWT_SECRET: 'a-secret-of-at-least-16',
});

/** What the binder is told of a session that is held here under generation 3. */
async function told(record: Pick<SessionRecord, 'state' | 'generation'> | undefined): Promise<unknown[]> {
  const calls: unknown[] = [];
  const held = [{ session: { id: 'a', generation: HELD_GENERATION } }] as Connection[];
  const sweep = new ConnectionSweep(
    CONFIG,
    { held } as unknown as ConnectionRegistry,
    {
      released: (...args: unknown[]) => calls.push(['released', ...args]),
      reclaimHeld: (...args: unknown[]) => Promise.resolve(calls.push(['reclaimHeld', ...args])),
    } as unknown as SessionBinder,
    { find: () => Promise.resolve([record]) } as unknown as SessionStore,
  );
  await sweep.verify();
  return calls;
}

describe('a session held here', () => {
  it('stays where its record says the same', async () => {
    expect(await told({ state: 'open', generation: HELD_GENERATION })).toEqual([]);
  });

  it('is let go as lost where its record is gone', async () => {
    expect(await told(undefined)).toEqual([['released', 'a', 4, 'lost']]);
  });

  it('is let go where it was ended', async () => {
    expect(await told({ state: 'expired', generation: HELD_GENERATION })).toEqual([['released', 'a', 4, 'ended']]);
  });

  it('is let go where somebody took it over', async () => {
    expect(await told({ state: 'open', generation: 5 })).toEqual([['released', 'a', 5, 'taken']]);
  });

  it('is taken back where it was suspended behind its back', async () => {
    expect(await told({ state: 'suspended', generation: HELD_GENERATION })).toEqual([['reclaimHeld', 'a', 3]]);
  });
});
