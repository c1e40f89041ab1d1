import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DrainService } from '../../src/gateway/drain.service.js';
import { ERRORS } from '../../src/contract/postrider-error.js';
import { Metrics } from '../../src/observability/metrics.js';
import { AppRig } from '../support/app-rig.js';
import { FrameSocket, HandshakeRefused } from '../support/frame-socket.js';
import { type MetricRow, metricRows, metricValue } from '../support/metric-rows.js';
import { until } from '../support/wait.js';

let rig: AppRig;

beforeAll(async () => {
  rig = await AppRig.start({ env: { SWEEP_MS: '100', SAMPLE_MS: '0', WS_WINDOW: '2', WS_QUERY_TOKEN: 'true' } });
});

afterAll(() => rig?.close());

const scrape = async (): Promise<MetricRow[]> => metricRows((await rig.rest.get<string>('/metrics')).body);
const value = async (series: string, labels: Record<string, string> = {}): Promise<number> =>
  metricValue(await scrape(), `postrider_${series}`, labels);

/** Returns the increase of a series during some work. */
async function added(
  work: () => Promise<unknown>,
  series: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const before = await value(series, labels);
  await work();
  return (await value(series, labels)) - before;
}

/** Closes a socket and waits until the server has released it. */
async function left(socket: FrameSocket): Promise<void> {
  const open = await value('connections');
  socket.close();
  await until(async () => (await value('connections')) < open);
}

describe('metrics of REST', () => {
  it('show the pattern of a route, never the values in it', async () => {
    const route = '/v1/notifications/:id';
    const ask = (): Promise<unknown> => rig.rest.get('/v1/notifications/s-made-up');
    expect(await added(ask, 'http_requests_total', { method: 'GET', route, status: '4xx' })).toBe(1);
    expect(await added(ask, 'http_request_seconds_count', { method: 'GET', route })).toBe(1);
    const stray = (): Promise<unknown> => rig.rest.get('/made-up/path');
    expect(await added(stray, 'http_requests_total', { method: 'GET', route: 'unmatched', status: '4xx' })).toBe(1);
    const rows = await scrape();
    expect(rows.filter(({ labels }) => Object.values(labels).join().includes('made-up'))).toEqual([]);
  });

  it('start at 0 for every route and outcome', async () => {
    const rows = await scrape();
    const failures = rows.filter(
      ({ labels, series }) =>
        series === 'postrider_http_requests_total' && labels['route'] === '/v1/notifications/batch',
    );
    expect(failures.map(({ labels, value: count }) => [labels['status'], count])).toEqual([
      ['2xx', 0],
      ['3xx', 0],
      ['4xx', 0],
      ['5xx', 0],
      ['aborted', 0],
    ]);
  });

  it('count a client that leaves before its answer as aborted and no longer in flight', async () => {
    rig.redis.pause();
    const leaving = new AbortController();
    const request = fetch(`${rig.url}/v1/books`, {
      headers: { authorization: 'Bearer key-of-the-app-rig' },
      signal: leaving.signal,
    });
    leaving.abort();
    await expect(request).rejects.toThrow('aborted');
    const cut = fetch(`${rig.url}/v1/books`, {
      headers: { authorization: 'Bearer key-of-the-app-rig' },
      signal: AbortSignal.timeout(300),
    });
    await expect(cut).rejects.toThrow('timeout');
    rig.redis.unpause();
    const aborted = { method: 'GET', route: '/v1/books', status: 'aborted' };
    await until(async () => (await value('http_requests_total', aborted)) >= 1);
    // The scrape itself is a request, too.
    await until(async () => (await value('http_requests_in_flight')) === 1);
  });

  it('show why notifications are refused', async () => {
    const refused = { code: 'payload_too_large', status: '413' };
    const publish = (): Promise<unknown> =>
      rig.rest.post('/v1/notifications', { to: { user: 'ada' }, type: 'x', data: 'x'.repeat(70_000) });
    expect(await added(publish, 'accept_refused_total', refused)).toBe(1);
  });
});

describe('metrics of deliveries', () => {
  it.each([
    ['high', 'any', ['user:ann']],
    ['low', 'all', ['user:bob', 'user:ben']],
    ['normal', 'none', ['prio.room']],
    ['high', 'all', ['prio.hall', 'prio.yard']],
  ] as const)('measure ack latency by priority (%s) and policy (%s)', async (priority, policy, [topic, ...others]) => {
    const socket = await rig.socket(topic.replace('user:', ''));
    if (topic.startsWith('prio')) await socket.request('subscribe', { topic }, 'room');
    const before = await value('time_to_ack_seconds_count');
    const acked = async (): Promise<void> => {
      await rig.rest.notify({ to: { topics: [topic, ...others] }, type: 'x', data: 1, priority, ack: policy });
      const { offset } = await socket.notification(topic);
      await socket.request('ack', { topic, offset }, 'ack');
    };
    expect(await added(acked, 'time_to_ack_seconds_count', { priority, policy })).toBe(1);
    expect((await value('time_to_ack_seconds_count')) - before).toBe(1);
    await left(socket);
  });

  it('measure ack latency also for entries read from the log', async () => {
    await rig.rest.notify({ to: { user: 'late' }, type: 'x', data: 1, priority: 'low' });
    const acked = async (): Promise<void> => {
      const socket = await rig.socket('late');
      const { topic, offset } = await socket.notification();
      await socket.request('ack', { topic, offset }, 'ack');
    };
    expect(await added(acked, 'time_to_ack_seconds_count', { priority: 'low', policy: 'any' })).toBe(1);
  });

  it('show which deliveries wait, and for what', async () => {
    const states = ['connected', 'offline', 'scheduled', 'dead_letter'];
    const backlog = async (): Promise<number[]> => {
      const rows = await scrape();
      return states.map((state) => metricValue(rows, 'postrider_backlog', { state }));
    };
    const before = await backlog();
    const here = await rig.socket('here');
    await rig.rest.notify({ to: { user: 'here' }, type: 'x', data: 1 });
    await rig.rest.notify({ to: { users: ['gone-1', 'gone-2'] }, type: 'x', data: 1 });
    await rig.rest.notify({ to: { user: 'gone-1' }, type: 'x', data: 1, delayMs: 3_600_000 });
    const { id } = await rig.rest.notify({ to: { user: 'here' }, type: 'x', data: 1, maxAttempts: 1, ackWaitMs: 100 });
    await until(async () => (await rig.rest.status(id)).state === 'dead', { what: 'a dead letter' });
    expect((await backlog()).map((count, index) => count - (before[index] ?? 0))).toEqual([1, 2, 1, 1]);
    expect(await value('dead_total', { reason: 'max_attempts' })).toBeGreaterThan(0);
    expect(await value('jobs', { queue: 'release', state: 'delayed' })).toBe(1);
    expect(await value('jobs_done_total', { queue: 'guard', result: 'completed' })).toBeGreaterThan(0);
    await left(here);
  });
});

describe('metrics of sockets', () => {
  it('show sessions that wait for an ack and those that are behind', async () => {
    const socket = await rig.socket('slow');
    for (let n = 0; n < 3; n++) await rig.rest.notify({ to: { user: 'slow' }, type: 'x', data: n });
    await until(() => socket.notifications().length === 2);
    expect([await value('subscriptions_window_full'), await value('subscriptions_behind')]).toEqual([1, 1]);
    await socket.request('ack', { topic: 'user:slow', offset: 1 }, 'ack');
    await until(() => socket.notifications().length === 3);
    await socket.request('ack', { topic: 'user:slow', offset: 3 }, 'all');
    expect([await value('subscriptions_window_full'), await value('subscriptions_behind')]).toEqual([0, 0]);
    expect(await value('user_connections_max')).toBeGreaterThanOrEqual(1);
    expect(await value('session_subscriptions_max')).toBeGreaterThanOrEqual(2);
    await left(socket);
  });

  it('count handshakes by outcome', async () => {
    const url = `${rig.url.replace('http', 'ws')}/ws`;
    const forged = async (): Promise<void> => {
      await expect(FrameSocket.open(url, { token: await rig.tokens.forged('eve') })).rejects.toThrow(HandshakeRefused);
    };
    expect(await added(forged, 'handshakes_total', { outcome: 'unauthorized' })).toBe(1);
    const good = async (): Promise<void> => left(await rig.socket('ada'));
    expect(await added(good, 'handshakes_total', { outcome: 'accepted' })).toBe(1);
    expect(await added(good, 'handshake_seconds_count')).toBe(1);
  });

  it('count frames by event and refusals by code', async () => {
    const socket = await rig.socket('frames');
    for (const topic of ['user:frames', 'all']) await socket.subscribed(topic);
    const talk = async (): Promise<void> => {
      await socket.request('made-up', {}, 1);
      await socket.request('ack', { topic: 'user:frames', offset: 9 }, 2);
      await socket.request('nack', { topic: 'nowhere', offset: 9 }, 3);
    };
    const before = await scrape();
    await talk();
    const after = await scrape();
    const gained = (series: string, labels = {}): number =>
      metricValue(after, `postrider_${series}`, labels) - metricValue(before, `postrider_${series}`, labels);
    const events = ['other', 'ack', 'nack'].map((event) => gained('frames_received_total', { event }));
    const codes = ['unknown_event', 'offset_above_head', 'not_subscribed'];
    expect(events).toEqual([1, 1, 1]);
    expect(codes.map((code) => gained('frame_errors_total', { code }))).toEqual([1, 1, 1]);
    expect(gained('frames_sent_total')).toBe(3);
    expect(gained('sent_bytes_total')).toBeGreaterThan(100);
    await left(socket);
  });
});

describe('metrics of Redis', () => {
  it('cover each lane, the connections and the findings', async () => {
    const rows = await scrape();
    for (const lane of ['commit', 'facts', 'reads']) {
      expect(metricValue(rows, 'postrider_redis_round_trip_seconds_count', { lane })).toBeGreaterThan(0);
    }
    expect(metricValue(rows, 'postrider_redis_finding', { kind: 'no_append_only_file' })).toBe(1);
    expect(metricValue(rows, 'postrider_redis_finding', { kind: 'replica' })).toBe(0);
    expect(metricValue(rows, 'postrider_redis_unsafe')).toBe(0);
    for (const role of ['command', 'subscriber', 'worker', 'blocking']) {
      expect(metricValue(rows, 'postrider_redis_connections', { role })).toBeGreaterThan(0);
    }
  });
});

describe('labels', () => {
  const words = (text: string): RegExp => new RegExp(`^(${text.split(' ').join('|')})$`);
  const codes = words(Object.keys(ERRORS).join(' '));
  const FIXED: Record<string, RegExp> = {
    app: /^(main|postrider\.demo)$/,
    code: new RegExp(`${codes.source}|^\\d{4}$|^other$`),
    event: words('ack nack hello subscribe unsubscribe publish presence refresh ping pong other'),
    kind: /^[a-z_]+$|^(minor|major|incremental|weakcb)$/,
    lane: words('commit facts reads'),
    limit: /^[a-z_]+$/,
    method: words('GET HEAD POST PUT PATCH DELETE OPTIONS other'),
    node: /^v\d+\.\d+\.\d+$/,
    outcome: new RegExp(`${codes.source}|^accepted$|^aborted$`),
    policy: words('any all none'),
    priority: words('high normal low'),
    queue: words('guard release sweep'),
    reason: words('max_attempts refused overflow'),
    result: words('completed failed'),
    role: words('command subscriber worker blocking'),
    setting: /^[A-Z_]+$/,
    state: /^[a-z_]+$/,
    version: /^\d+\.\d+\.\d+$/,
    le: /^([\d.]+|\+Inf)$/,
  };

  it('have values from fixed sets, unchanged by more users, topics, codes and events', async () => {
    const seriesOf = (rows: readonly MetricRow[]): string[] =>
      rows
        .filter(({ name }) => name.startsWith('postrider_'))
        .map(({ series, labels }) => `${series} ${JSON.stringify(labels)}`)
        .toSorted();
    // A route has a histogram from its first request on.
    await rig.rest.get('/v1/topics/crowd');
    const before = seriesOf(await scrape());
    for (let n = 0; n < 20; n++) {
      const socket = await rig.socket(`crowd-${n}`);
      await socket.request('subscribe', { topic: `crowd.${n}` }, n);
      await socket.request(`event-${n}`, {}, `e-${n}`);
      await rig.rest.notify({ to: { topics: [`crowd.${n}`, `other.${n}`] }, type: `type-${n}`, data: 1 });
      await socket.notification();
      await rig.rest.get(`/v1/topics/crowd.${n}`);
      socket.socket.close(3_000 + n);
      await socket.ending();
    }
    const rows = await scrape();
    expect(seriesOf(rows)).toEqual(before);
    const strange = rows
      .filter(({ name }) => name.startsWith('postrider_'))
      .flatMap(({ series, labels }) =>
        Object.entries(labels)
          .filter(([name, text]) => name !== 'route' && name !== 'status' && !FIXED[name]?.test(text))
          .map(([name, text]) => `${series} ${name}=${text}`),
      );
    expect(strange).toEqual([]);
  });
});

describe('while it drains', () => {
  it('shows how many sockets are left', async () => {
    const sockets = [await rig.socket('drain-1'), await rig.socket('drain-2')];
    expect(await value('draining_sockets')).toBe(0);
    const drained = rig.get(DrainService).beforeApplicationShutdown();
    // Read in the same tick, before the first of them is gone.
    const rows = metricRows(await rig.get(Metrics).text());
    expect(metricValue(rows, 'postrider_draining_sockets')).toBeGreaterThanOrEqual(2);
    await drained;
    await Promise.all(sockets.map((socket) => socket.ending()));
    expect([await value('draining_sockets'), await value('connections')]).toEqual([0, 0]);
  });
});
