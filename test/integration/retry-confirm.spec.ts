import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NotificationStore } from '../../src/publish/notification-store.js';
import { CoreRig } from '../support/core-rig.js';
import { RedisRig } from '../support/redis-rig.js';

const NAME = 'main:user:ada';

/**
 * `WAIT` counts the writes of its own connection. Without any, it may confirm data that no replica
 * has (https://redis.io/docs/latest/commands/wait/). Therefore, a repeated request must write
 * something.
 */
describe('a repeated request writes again, so that its confirm counts,', () => {
  let redis: RedisRig;
  let rig: CoreRig;

  beforeAll(async () => {
    redis = await RedisRig.start();
    rig = await CoreRig.start({ redis });
  });
  afterAll(async () => {
    await rig?.close();
    await redis?.stop();
  });

  const changesBy = async (work: () => Promise<unknown>): Promise<number> => {
    const changes = async (): Promise<number> =>
      Number(/rdb_changes_since_last_save:(\d+)/.exec(await redis.control.info('persistence'))?.[1]);
    const before = await changes();
    await work();
    return (await changes()) - before;
  };

  it('if the log has the notification', async () => {
    const items = [rig.notification(NAME)];
    await rig.log.append(NAME, items);
    expect(await changesBy(() => rig.log.append(NAME, items))).toBeGreaterThan(0);
  });

  it('if the key was claimed', async () => {
    const store = new NotificationStore(rig.config, rig.lanes);
    const claim = (id: string) => store.claim('main shop key', {}, id, 1);
    await claim('one');
    expect(await changesBy(() => claim('other'))).toBeGreaterThan(0);
  });

  it('and also writes the heads of topics that a reader relies on', async () => {
    const replicated = await CoreRig.start({ redis, env: { CONFIRM: 'replicated:1', CONFIRM_TIMEOUT_MS: '20' } });
    expect(
      await changesBy(() => expect(replicated.log.heads(0, [])).rejects.toMatchObject({ code: 'unconfirmed' })),
    ).toBeGreaterThan(0);
    await replicated.close();
  });
});
