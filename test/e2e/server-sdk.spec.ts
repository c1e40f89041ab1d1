import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DeadLetter, PostriderServer, type PostriderServerOptions } from '@postrider/server';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

describe('the server SDK', () => {
  let rig: PostriderRig;
  let server: PostriderServer;

  beforeAll(async () => {
    rig = await PostriderRig.start({ redis: { appendOnly: true }, env: { ACK_WAIT_MS: '500' } });
    server = client();
  });

  afterAll(() => rig?.close());

  const client = (options: Partial<PostriderServerOptions> = {}): PostriderServer =>
    new PostriderServer({ url: rig.server().url, apiKey: rig.apiKey, ...options });

  /** Opens a session of the user that acknowledges everything. */
  const acknowledging = async (user: string): Promise<string> => {
    const { session } = await rig.client(user, { claims: { topics: ['*'] } }).open();
    if (session === undefined) throw new Error('no session');
    return session;
  };

  it('sends a notification and follows it to its end', async () => {
    const session = await acknowledging('ada');
    const { id, state, targets } = await server.notify({
      to: { user: 'ada' },
      type: 'greeting',
      data: { text: 'Hello' },
      metadata: { trace: 't-1' },
    });
    expect({ state, targets }).toMatchObject({
      state: 'accepted',
      targets: [{ topic: 'user:ada', offset: 1, online: 1 }],
    });
    await until(async () => (await server.status(id)).state === 'acknowledged');
    await expect(server.status(id)).resolves.toMatchObject({ recipients: { acked: 1 }, metadata: { trace: 't-1' } });
    await expect(server.receipts(id).page()).resolves.toEqual({
      items: [{ topic: 'user:ada', session, user: 'ada', state: 'acked' }],
      next: null,
    });
    await expect(server.cancel(id)).rejects.toMatchObject({
      code: 'too_late',
      status: 409,
      retryable: false,
      tries: 1,
    });
  });

  it('lists page by page and shows topics and presence', async () => {
    const users = ['p1', 'p2', 'p3', 'p4', 'p5'];
    const results = await server.notifyBatch(
      users.map((n) => ({ to: { topic: 'public.pages' }, type: 'page', data: { n } })),
    );
    expect(results.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    await expect(server.topic('public.pages')).resolves.toMatchObject({ head: 5, subscribers: 0 });
    const seen: unknown[] = [];
    for await (const { data } of server.history('public.pages', { limit: 2 })) seen.push(data);
    expect(seen).toEqual(users.map((n) => ({ n })));
    const session = await acknowledging('grace');
    await expect(server.presence('user:grace')).resolves.toMatchObject({ users: ['grace'], sessions: [session] });
    await expect(server.topic('never.used')).rejects.toMatchObject({ code: 'topic_not_found', status: 404 });
  });

  it('ends sessions and cancels unseen notifications', async () => {
    const session = await acknowledging('edsger');
    const sessionsOf = async (user: string): Promise<string[]> => {
      const { items } = await server.sessions(user).page();
      return items.map(({ id }) => id);
    };
    await expect(sessionsOf('edsger')).resolves.toEqual([session]);
    await server.endSession(session);
    await expect(sessionsOf('edsger')).resolves.toEqual([]);
    await expect(server.endSession(session)).rejects.toMatchObject({ code: 'session_not_found' });

    const { id } = await server.notify({ to: { user: 'nobody' }, type: 't', data: null, delayMs: 60_000 });
    await expect(server.cancel(id)).resolves.toMatchObject({ state: 'cancelled', cancelled: 1 });
  });

  it('replays and drops dead letters', async () => {
    const socket = await rig.socket('tony');
    await socket.welcome();
    const { id } = await server.notify({ to: { user: 'tony' }, type: 't', data: 1, maxAttempts: 1 });
    const letterOf = async (id: string): Promise<DeadLetter | undefined> => {
      for await (const letter of server.deadLetters({ topic: 'user:tony' })) if (letter.id === id) return letter;
      return undefined;
    };
    const letter = await until(() => letterOf(id));
    expect(letter).toMatchObject({ reason: 'max_attempts', attempts: 1, data: 1 });
    const replayed = await server.replay(letter.id);
    expect(replayed).toMatchObject({ state: 'accepted', replayOf: id });
    await expect(server.replay(letter.id)).resolves.toMatchObject({ id: replayed.id });
    await server.drop(letter.id);
    await expect(server.drop(letter.id)).rejects.toMatchObject({ code: 'dead_letter_not_found' });
  });

  it('replays and drops many dead letters and lists open deliveries', async () => {
    const socket = await rig.socket('leslie');
    await socket.welcome();
    const sent = await server.notifyBatch(
      [1, 2, 3].map((n) => ({ to: { user: 'leslie' }, type: 'many', data: { n }, maxAttempts: 1 })),
    );
    const letters = server.deadLetters({ type: 'many', limit: 2 });
    const { items, total } = await until(async () => {
      const page = await letters.page();
      return page.total >= 3 && page;
    });
    expect(items).toHaveLength(2);
    expect(total).toBeGreaterThanOrEqual(3);
    const ids: string[] = [];
    for await (const { id } of letters) ids.push(id);
    expect(ids.toSorted()).toEqual(sent.map((one) => ('id' in one ? one.id : '')).toSorted());

    const replayed = await server.replayMany([...ids, 'nothing']);
    expect(replayed.map(({ status }) => status)).toEqual([202, 202, 202, 404]);
    await expect(server.replayMany(ids)).resolves.toEqual(replayed.slice(0, 3));
    const open = (await server.unacked('leslie').page()).items.map(({ id }) => id);
    expect(open.toSorted()).toEqual(
      replayed.flatMap((one) => ('notification' in one ? one.notification : [])).toSorted(),
    );
    const [first = ''] = ids;
    const { items: events } = await server.timeline(first);
    expect(events.map(({ event }) => event)).toEqual(['accepted', 'dead']);
    const dropped = await server.dropMany(ids);
    expect(dropped.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('shows who would get a notification', async () => {
    await acknowledging('niklaus');
    const told = await server.dryRun({ to: { users: ['niklaus', 'absent'] }, type: 't', data: 1, ttlMs: 60_000 });
    expect(told.recipients).toEqual({ sessions: 1, online: 1 });
    expect(told.targets).toMatchObject([
      { topic: 'user:niklaus', users: ['niklaus'] },
      { topic: 'user:absent', users: [] },
    ]);
    await expect(server.dryRun({ to: { user: 'a b' }, type: 't', data: 1 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('names the fault', async () => {
    await expect(server.notify({ to: { user: 'no such name' }, type: '', data: 1 })).rejects.toMatchObject({
      code: 'invalid_request',
      errors: expect.arrayContaining([expect.objectContaining({ field: 'to.user' })]),
    });
    await expect(client({ apiKey: 'wrong' }).books()).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
    const note = { to: { user: 'ada' }, type: 't', data: 1 };
    await server.notify(note, { idempotencyKey: 'once' });
    const other = server.notify({ ...note, data: 2 }, { idempotencyKey: 'once' });
    await expect(other).rejects.toMatchObject({ code: 'idempotency_mismatch', status: 422 });
  });

  it('makes one notification of each call while Redis is killed and the server is restarted', async () => {
    const told: number[] = [];
    const watched = client({
      retries: 200,
      backoff: { baseMs: 50, capMs: 500 },
      fetch: async (...request) => {
        const answer = await fetch(...request);
        told.push(answer.status);
        return answer;
      },
    });
    const note = (n: number) => ({ to: { user: 'barbara' }, type: 'order', data: { n } });
    await watched.notify(note(0), { idempotencyKey: 'order-0' });

    await rig.redis.kill();
    const during = Promise.all([watched.notify(note(1)), watched.notifyBatch([note(2), note(3)])]);
    await until(() => told.includes(503) && told.includes(207), { what: 'refusals while Redis is away' });
    await rig.redis.restart();
    const [one, batch] = await during;
    expect(batch.map(({ status }) => status)).toEqual([202, 202]);

    await rig.server().kill();
    const restarted = watched.notify(note(4));
    const again = watched.notify(note(0), { idempotencyKey: 'order-0' });
    await rig.server().restart();
    await Promise.all([restarted, again]);

    const kept: unknown[] = [];
    for await (const { id, data } of server.history('user:barbara')) kept.push({ id, data });
    expect(kept).toHaveLength(5);
    expect(kept).toContainEqual({ id: one.id, data: { n: 1 } });
    expect(kept.filter((entry) => (entry as { data: { n: number } }).data.n === 0)).toEqual([
      { id: (await again).id, data: { n: 0 } },
    ]);
    await expect(server.books()).resolves.toMatchObject({ difference: 0 });
  });
});
