import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { AppRig } from '../support/app-rig.js';
import type { FrameSocket } from '../support/frame-socket.js';
import type { Accepted } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const exporter = new InMemorySpanExporter();
let rig: AppRig;
beforeAll(async () => {
  rig = await AppRig.start({
    env: { ACK_WAIT_MS: '200', MAX_BACKOFF_MS: '200', SWEEP_MS: '200', MAX_ATTEMPTS: '2', TRACE_SAMPLE_RATIO: '0' },
    extensions: { spanExporter: exporter },
  });
});
afterAll(() => rig?.close());
afterEach(() => exporter.reset());

let traces = 0;
/** Creates a unique parent span. */
function parent(flags = '01'): { traceparent: string; traceId: string; spanId: string } {
  const traceId = (++traces).toString(16).padStart(32, 'a');
  const spanId = 'b'.repeat(16);
  return { traceparent: `00-${traceId}-${spanId}-${flags}`, traceId, spanId };
}

const inTrace = (traceId: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);

/** Waits until a trace has all of `names`, and returns its spans as a tree. */
async function tree(traceId: string, names: readonly string[], root: string): Promise<unknown> {
  const known = (): ReadableSpan[] => inTrace(traceId);
  await until(() => names.every((name) => known().some((span) => span.name === name)), {
    what: `${names.join(', ')} of ${known().map((span) => span.name)}`,
  });
  const below = (id: string): unknown =>
    Object.fromEntries(
      known()
        .filter((span) => span.parentSpanContext?.spanId === id)
        .map((span) => [nameOf(span), below(span.spanContext().spanId)]),
    );
  return below(root);
}

const nameOf = ({ name, attributes }: ReadableSpan): string =>
  name === 'deliver' ? `deliver ${String(attributes['postrider.attempt'])}` : name;

const publish = async (user: string, traceparent: string, more: object = {}): Promise<Accepted> =>
  (
    await rig.rest.post<Accepted>(
      '/v1/notifications',
      { to: { user }, type: 'order.shipped', data: 'x","traceparent":"', ...more },
      { headers: { traceparent, tracestate: 'shop=7' } },
    )
  ).body;

const ack = (socket: FrameSocket, topic: string, offset: number, traceparents?: string[]): Promise<unknown> =>
  socket.request('ack', { topic, offset, traceparents }, `ack-${offset}`);

describe('a trace', () => {
  it('reaches from the POST to the ack', async () => {
    const socket = await rig.socket('ann');
    await socket.subscribed('user:ann');
    const { traceparent, traceId, spanId } = parent();
    const { id } = await publish('ann', traceparent);
    const frame = await socket.notification('user:ann');
    expect(frame).toMatchObject({ traceparent: expect.stringContaining(traceId), tracestate: 'shop=7' });
    await ack(socket, 'user:ann', frame.offset);
    const spans = ['POST /v1/notifications', 'accept', 'deliver', 'ack', 'guard wake'];
    expect(await tree(traceId, spans, spanId)).toEqual({
      'POST /v1/notifications': { accept: { 'deliver 1': {}, ack: {}, 'guard wake': {} } },
    });
    const accept = inTrace(traceId).find(({ name }) => name === 'accept');
    expect(accept?.attributes).toMatchObject({ 'messaging.message.id': id, 'postrider.topics': 1 });
    expect(accept?.spanContext().spanId).toBe(String(frame.traceparent).slice(36, 52));
    const { body } = await rig.rest.get(`/v1/notifications/${id}`);
    expect(body).toMatchObject({ traceparent: frame.traceparent });
  });

  it('includes the spans that a client names with its ack if they belong to it', async () => {
    const socket = await rig.socket('bob');
    await socket.subscribed('user:bob');
    const { traceparent, traceId } = parent();
    await publish('bob', traceparent);
    const { offset } = await socket.notification('user:bob');
    const own = `00-${traceId}-${'c'.repeat(16)}-01`;
    const foreign = parent();
    await ack(socket, 'user:bob', offset, [foreign.traceparent, own]);
    expect(await tree(traceId, ['ack'], 'c'.repeat(16))).toEqual({ ack: {} });
    expect(inTrace(foreign.traceId)).toEqual([]);
  });

  it('covers the guard, redelivery and the dead letter, and the replay links back to it', async () => {
    const socket = await rig.socket('cat');
    await socket.subscribed('user:cat');
    const { traceparent, traceId } = parent();
    const { id } = await publish('cat', traceparent);
    const { offset } = await socket.notification('user:cat');
    await socket.next('gap', ({ data }) => (data as { from: number }).from === offset);
    await tree(traceId, ['dead_letter'], '');
    const accept = inTrace(traceId).find(({ name }) => name === 'accept');
    expect(await tree(traceId, ['dead_letter'], accept?.spanContext().spanId ?? '')).toMatchObject({
      'deliver 1': {},
      'deliver 2': {},
      'guard wake': expect.anything(),
    });
    const guarded = inTrace(traceId).filter(({ name }) => name === 'redeliver' || name === 'dead_letter');
    const wakes = inTrace(traceId).filter(({ name }) => name === 'guard wake');
    expect(guarded.map(({ name, attributes }) => [name, attributes['postrider.attempt']])).toEqual([
      ['redeliver', 1],
      ['dead_letter', 2],
    ]);
    const [redeliver, deadLetter] = guarded.map(({ parentSpanContext }) => parentSpanContext?.spanId);
    const wakeIds = wakes.map((wake) => wake.spanContext().spanId);
    expect(wakeIds).toContain(redeliver);
    // The node of the socket may end it before the guard job wakes.
    expect([...wakeIds, accept?.spanContext().spanId]).toContain(deadLetter);
    const again = parent();
    await rig.rest.post(`/v1/dead-letters/${id}/replay`, undefined, { headers: { traceparent: again.traceparent } });
    await tree(again.traceId, ['accept'], '');
    const replayed = inTrace(again.traceId).find(({ name }) => name === 'accept');
    expect(replayed?.links.map(({ context }) => context.spanId)).toEqual([accept?.spanContext().spanId]);
  });

  it('covers the frames that a client sends back', async () => {
    const socket = await rig.socket('dan');
    await socket.subscribed('user:dan');
    const { traceparent, traceId } = parent();
    await publish('dan', traceparent);
    const { offset } = await socket.notification('user:dan');
    await socket.request('nack', { topic: 'user:dan', offset, terminate: true }, 1);
    await tree(traceId, ['nack'], '');
    const nack = inTrace(traceId).find(({ name }) => name === 'nack');
    expect(nack?.attributes).toMatchObject({ 'postrider.outcome': 'dead', 'postrider.attempt': 1 });
  });

  it('is linked from its cancellation', async () => {
    const { traceparent, traceId } = parent();
    const { id } = await publish('eve', traceparent);
    const other = parent();
    await rig.rest.delete(`/v1/notifications/${id}`, { headers: { traceparent: other.traceparent } });
    expect(await tree(other.traceId, ['cancel'], other.spanId)).toEqual({
      'DELETE /v1/notifications/:id': { cancel: {} },
    });
    const cancel = inTrace(other.traceId).find(({ name }) => name === 'cancel');
    expect(cancel?.links.map(({ context }) => context.traceId)).toEqual([traceId]);
  });

  it('continues through a schedule', async () => {
    const socket = await rig.socket('fay');
    await socket.subscribed('user:fay');
    const { traceparent, traceId, spanId } = parent();
    await publish('fay', traceparent, { delayMs: 100 });
    const { offset } = await socket.notification('user:fay');
    await ack(socket, 'user:fay', offset);
    expect(await tree(traceId, ['release', 'deliver', 'ack', 'guard wake'], spanId)).toEqual({
      'POST /v1/notifications': { accept: { release: {}, 'deliver 1': {}, ack: {}, 'guard wake': {} } },
    });
  });

  it('shows that nobody was online in time', async () => {
    const { traceparent, traceId, spanId } = parent();
    await publish('nobody', traceparent, { ttlMs: 50 });
    expect(await tree(traceId, ['expire', 'POST /v1/notifications'], spanId)).toEqual({
      'POST /v1/notifications': { accept: { expire: {} } },
    });
  });

  it('has one span for all sockets of a wide topic', async () => {
    const sockets = await Promise.all(['gil', 'hal', 'ida'].map((user) => rig.socket(user)));
    for (const [index, socket] of sockets.entries()) await socket.request('subscribe', { topic: 'public.wide' }, index);
    const { traceparent, traceId } = parent();
    const body = { to: { topic: 'public.wide' }, type: 'news', data: null };
    await rig.rest.post('/v1/notifications', body, { headers: { traceparent } });
    for (const socket of sockets) await socket.notification('public.wide');
    await tree(traceId, ['deliver'], '');
    const [deliver, ...others] = inTrace(traceId).filter(({ name }) => name === 'deliver');
    expect(deliver?.attributes).toMatchObject({ 'postrider.sockets': 3 });
    expect(others).toEqual([]);
  });

  it('has an accept span for each item of a batch', async () => {
    const { traceparent, traceId, spanId } = parent();
    const item = { to: { user: 'jim' }, type: 'a', data: null };
    const notifications = [item, item, { to: { user: 'jim' } }];
    await rig.rest.post('/v1/notifications/batch', { notifications }, { headers: { traceparent } });
    await tree(traceId, ['POST /v1/notifications/batch'], spanId);
    expect(inTrace(traceId).filter(({ name }) => name === 'accept')).toHaveLength(2);
  });

  it('does not start for a caller that is refused', async () => {
    const { traceparent, traceId } = parent();
    const headers = { traceparent, authorization: 'Bearer wrong' };
    const refused = await rig.rest.post('/v1/notifications', {}, { headers });
    expect(refused.status).toBe(401);
    const behind = parent();
    await publish('kim', behind.traceparent);
    await tree(behind.traceId, ['POST /v1/notifications'], '');
    expect(inTrace(traceId)).toEqual([]);
  });

  it('leaves nothing behind if the publisher does not sample it', async () => {
    const socket = await rig.socket('lea');
    await socket.subscribed('user:lea');
    await publish('lea', parent('00').traceparent);
    expect(await socket.notification('user:lea')).not.toHaveProperty('traceparent');
    await rig.rest.notify({ to: { user: 'lea' }, type: 'a', data: null });
    expect(await socket.notification('user:lea')).not.toHaveProperty('traceparent');
  });
});

describe('a sample', () => {
  it('contains whole traces', async () => {
    const some = new InMemorySpanExporter();
    const sampled = await AppRig.start({ env: { TRACE_SAMPLE_RATIO: '0.5' }, extensions: { spanExporter: some } });
    try {
      const asked = Array.from({ length: 60 }, (_, n) =>
        sampled.rest.notify({ to: { user: 'ann' }, type: 'a', data: n }),
      );
      await Promise.all(asked);
      const parents = (name: string): (string | undefined)[] =>
        some.getFinishedSpans().flatMap((span) => (span.name === name ? span.parentSpanContext?.spanId : []));
      const ids = (): string[] =>
        some.getFinishedSpans().flatMap((span) => (span.name.startsWith('POST') ? span.spanContext().spanId : []));
      await until(() => ids().length > 0 && ids().length === parents('accept').length);
      expect(parents('accept').toSorted()).toEqual(ids().toSorted());
      expect(ids().length).toBeLessThan(60);
    } finally {
      await sampled.close();
    }
  });
});
