import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Message, Postrider } from '@postrider/client';
import { PostriderServer } from '@postrider/server';
import { WebSocket } from 'ws';
import { freePort } from '../support/free-port.js';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RestClient } from '../support/rest-client.js';
import type { ServerRig } from '../support/server-rig.js';
import { until } from '../support/wait.js';

/**
 * Module that prints the number of OpenTelemetry modules that a process has loaded, when it exits.
 * `prom-client` loads the API itself.
 */
const SPY = `data:text/javascript,${encodeURIComponent(`
  import { createRequire } from 'node:module';
  const { _cache } = createRequire('file:///')('node:module');
  const ofTelemetry = (file) => file.includes('@opentelemetry') && !file.includes('@opentelemetry/api/');
  process.on('exit', () => console.log('loaded ' + Object.keys(_cache).filter(ofTelemetry).length));
`)}`;

const PARENT = 'b'.repeat(16);
const newTrace = (): string => randomBytes(16).toString('hex');
const parentOf = (traceId: string): string => `00-${traceId}-${PARENT}-01`;

let rig: PostriderRig;
let receiver: OtlpReceiver;
const clients: Postrider[] = [];

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  const env = {
    TRACE_URL: receiver.url,
    TRACE_SAMPLE_RATIO: '0',
    ACK_WAIT_MS: '300',
    MAX_ATTEMPTS: '2',
    DRAIN_MS: '2000',
  };
  rig = await PostriderRig.start({ nodes: 2, env });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await rig?.close();
  receiver?.stop();
});

/** Connects an SDK client to a node and returns its messages. */
async function connect(user: string, server: ServerRig): Promise<Message[]> {
  const client = new Postrider({ url: server.url, token: () => rig.tokens.sign(user), WebSocket });
  clients.push(client);
  const messages: Message[] = [];
  client.on('notification', (message) => void messages.push(message));
  await until(() => client.state === 'open');
  return messages;
}

const publisher = (server: ServerRig): PostriderServer => new PostriderServer({ url: server.url, apiKey: rig.apiKey });

/** Waits until a trace has a span of each name, and returns its spans. */
async function spansOf(traceId: string, names: readonly string[]): Promise<Map<string, ReceivedSpan>> {
  const byName = (): Map<string, ReceivedSpan> =>
    new Map(
      receiver
        .ofTrace(traceId)
        .map((span) => [`${span.name} ${String(span.attributes['postrider.attempt'] ?? '')}`.trim(), span]),
    );
  await until(() => names.every((name) => byName().has(name)), {
    what: `${names.join(', ')} of ${[...byName().keys()].join(', ')}`,
  });
  return byName();
}

describe('a trace over OTLP', () => {
  it('reaches from the POST at one node to the ack of a client at the other', async () => {
    const messages = await connect('ann', rig.server(1));
    const traceId = newTrace();
    const { id } = await publisher(rig.server(0)).notify(
      { to: { user: 'ann' }, type: 'order.shipped', data: 1 },
      { traceparent: parentOf(traceId), correlationId: 'order-4711' },
    );
    const names = ['POST /v1/notifications', 'accept', 'deliver 1', 'ack 1', 'guard wake'];
    const spans = await spansOf(traceId, names);
    const [post, accept, deliver, ack, wake] = names.map((name) => spans.get(name));
    expect([post?.parentSpanId, post?.node]).toEqual([PARENT, 'node-0']);
    expect([accept?.parentSpanId, accept?.node]).toEqual([post?.spanId, 'node-0']);
    expect(accept?.attributes).toMatchObject({ 'messaging.message.id': id, 'postrider.correlation_id': 'order-4711' });
    expect([deliver?.parentSpanId, deliver?.node]).toEqual([accept?.spanId, 'node-1']);
    expect([ack?.parentSpanId, ack?.node]).toEqual([accept?.spanId, 'node-1']);
    expect(wake?.parentSpanId).toBe(accept?.spanId);
    expect(messages).toMatchObject([
      { id, correlationId: 'order-4711', traceparent: `00-${traceId}-${accept?.spanId ?? ''}-01` },
    ]);
  });

  it('covers redelivery and the dead letter', async () => {
    await (await rig.socket('bob', { node: 1 })).subscribed('user:bob');
    const traceId = newTrace();
    const options = { traceparent: parentOf(traceId) };
    await publisher(rig.server(0)).notify({ to: { user: 'bob' }, type: 'a', data: 1 }, options);
    const spans = await spansOf(traceId, [
      'accept',
      'deliver 1',
      'redeliver 1',
      'deliver 2',
      'dead_letter 2',
      'guard wake',
    ]);
    for (const name of ['deliver 1', 'deliver 2', 'guard wake']) {
      expect([name, spans.get(name)?.parentSpanId]).toEqual([name, spans.get('accept')?.spanId]);
    }
  });

  it('is sent before a process ends', async () => {
    const leaving = await rig.addServer('leaving');
    const traceId = newTrace();
    const options = { traceparent: parentOf(traceId) };
    await publisher(leaving).notify({ to: { user: 'nobody' }, type: 'a', data: 1 }, options);
    expect(await leaving.stop()).toEqual({ code: 0, signal: null });
    expect(receiver.ofTrace(traceId).map(({ name }) => name)).toEqual(['accept', 'POST /v1/notifications']);
  });

  it('delays nothing if nobody receives it, and is counted', async () => {
    const gone = `http://127.0.0.1:${await freePort()}/v1/traces`;
    const lonely = await rig.addServer('lonely', { TRACE_URL: gone, TRACE_SAMPLE_RATIO: '1', TRACE_QUEUE_MAX: '10' });
    const messages = await connect('cat', lonely);
    const rest = new RestClient(lonely.url, rig.apiKey);
    for (let n = 0; n < 20; n++) await rest.notify({ to: { user: 'cat' }, type: 'a', data: n });
    await until(() => messages.length === 20);
    await until(async () => (await rest.metric('postrider_trace_spans_dropped_total')) > 0);
    expect(await rest.metric('postrider_trace_spans_waiting')).toBeLessThanOrEqual(10);
    expect(await lonely.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('the packages of OpenTelemetry', () => {
  it.each([
    ['are not loaded where nothing is traced', {}, /^loaded 0$/],
    ['are loaded where something is', { TRACE_URL: 'http://127.0.0.1:9/v1/traces' }, /^loaded [1-9]\d+$/],
  ])('%s', async (_, tracing, loaded) => {
    const env = { NODE_OPTIONS: `--import=${SPY}`, TRACE_URL: '', DRAIN_MS: '100', ...tracing };
    const server = await rig.addServer(`spied-${Object.keys(tracing).length}`, env);
    await server.stop();
    expect(server.log).toContainEqual(expect.stringMatching(loaded));
  });
});
