import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Accepted, BatchResult, NotificationBody, Problem } from '../support/rest-types.js';
import { until } from '../support/wait.js';

describe('POST /v1/notifications', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2, env: { TOPIC_MAX_OPEN: '5' } });
  });

  afterAll(() => rig?.close());

  const note = (to: NotificationBody['to'], more: Partial<NotificationBody> = {}): NotificationBody => ({
    to,
    type: 'note',
    data: { text: 'x' },
    ...more,
  });

  it('answers 202 with each target: its place and its recipients', async () => {
    const socket = await rig.socket('ada', { node: 1 });
    const { session } = await socket.welcome();
    await socket.request('subscribe', { topic: 'public.a' }, 1);
    const cases: [NotificationBody['to'], { topic: string; online: number }[]][] = [
      [{ user: 'ada' }, [{ topic: 'user:ada', online: 1 }]],
      [
        { users: ['ada', 'nobody', 'ada'] },
        [
          { topic: 'user:ada', online: 1 },
          { topic: 'user:nobody', online: 0 },
        ],
      ],
      [{ topic: 'public.a' }, [{ topic: 'public.a', online: 1 }]],
      [
        { topics: ['public.a', 'public.b'] },
        [
          { topic: 'public.a', online: 1 },
          { topic: 'public.b', online: 0 },
        ],
      ],
      [{ session }, [{ topic: `session:${session}`, online: expect.any(Number) as unknown as number }]],
      [{ all: true }, [{ topic: 'all', online: 1 }]],
    ];
    for (const [to, targets] of cases) {
      const accepted = await rig.rest().notify(note(to));
      expect(accepted).toMatchObject({ id: expect.any(String), state: 'accepted', targets });
      expect(accepted.targets.every(({ offset, epoch }) => offset > 0 && epoch.length > 0)).toBe(true);
    }
    await until(() => socket.notifications().length === cases.length);
  });

  it('refuses another body with the same key with 422; a key belongs to its publisher', async () => {
    const send = (text: string, apiKey = rig.apiKey, node = 0) =>
      rig.rest(node, apiKey).post<Accepted & Problem>('/v1/notifications', note({ user: 'keys' }, { data: text }), {
        idempotencyKey: 'k',
      });
    const first = await send('one');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(await send('two', rig.apiKey, 1)).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    const replayed = await send('one', rig.apiKey, 1);
    expect(replayed.body.id).toBe(first.body.id);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect((await send('two', rig.otherKey)).status).toBe(202);
    expect((await send('three', rig.foreignKey)).status).toBe(202);
  });

  it('refuses a full mailbox with 409 and accepts the rest of many targets', async () => {
    for (let n = 0; n < 5; n += 1) await rig.rest().notify(note({ user: 'full' }));
    const refused = await rig.rest().post<Problem>('/v1/notifications', note({ user: 'full' }));
    expect(refused).toMatchObject({ status: 409, body: { code: 'topic_full', retryable: true } });
    const { targets } = await rig.rest(1).notify(note({ users: ['full', 'roomy'] }));
    expect(targets).toEqual([
      { topic: 'user:full', error: 'topic_full' },
      expect.objectContaining({ topic: 'user:roomy', offset: 1 }),
    ]);
  });

  it('limits a batch to 1,000 and makes it once for a key', async () => {
    const batch = (count: number) => Array.from({ length: count }, (_, n) => note({ user: `batch-${n}` }));
    const send = (count: number, node = 0) =>
      rig
        .rest(node)
        .post<{ results: BatchResult[] } & Problem>(
          '/v1/notifications/batch',
          { notifications: batch(count) },
          { idempotencyKey: 'batch' },
        );
    expect(await send(1_001)).toMatchObject({ status: 400, body: { errors: [{ field: 'notifications' }] } });
    const [first, again] = [await send(1_000), await send(1_000, 1)];
    expect(first.body.results.every(({ status }) => status === 202)).toBe(true);
    expect(again.body.results.map(({ id }) => id)).toEqual(first.body.results.map(({ id }) => id));
    expect(again.body.results.every(({ targets }) => targets?.[0]?.offset === 1)).toBe(true);
  });
});
