import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { documentOf, readConfig } from '../support/fluentd-pipeline.js';
import { type Mapping, misfitsOf } from '../support/index-mapping.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const read = (path: string): Promise<string> => readFile(new URL(`../../docker/${path}`, import.meta.url), 'utf8');
const TAG = 'postrider.postrider-node-1-1';

/** Log lines of a real server at its most verbose, processed as docker/fluentd/fluent.conf says. */
describe('the lines of a server, on their way to Elasticsearch', () => {
  let rig: PostriderRig;
  let lines: readonly string[];
  let config: ReturnType<typeof readConfig>;
  let mapping: Mapping;
  const refused: string[] = [];

  const ship = (log: string) =>
    // As the log driver sends it, with the time at which it came, in whole seconds.
    documentOf(config, { tag: TAG, timeMs: 1_000, record: { log, source: 'stdout', container_id: 'c' } }, () =>
      refused.push(log),
    );

  beforeAll(async () => {
    config = readConfig(await read('fluentd/fluent.conf'));
    mapping = JSON.parse(await read('elasticsearch/index-template.json')).template.mappings;
    const env = { LOG_LEVEL: 'trace', SWEEP_MS: '500', DRAIN_MS: '2000' };
    rig = await PostriderRig.start({ env, redis: { appendOnly: true } });
    const { log } = rig.server();
    const rest = rig.rest();
    const socket = await rig.socket('ann');
    await socket.welcome();
    await rest.notify({ to: { user: 'ann' }, type: 'note', data: 1, ackWaitMs: 1_000 });
    await socket.notification('user:ann');
    const { offset } = await socket.next<{ offset: number }>('notification').then(({ data }) => data);
    await socket.request('ack', { topic: 'user:ann', offset }, 1);
    await rest.notify({ to: { user: 'ben' }, type: 'note', data: 1, ttlMs: 100 });
    await rest.post('/v1/notifications', { [`k${'x'.repeat(20_000)}`]: 1 });
    await rest.post('/v1/notifications/batch', { notifications: [{ type: '\u001b[2J\r\n' }] });
    await rest.get('/v1/notifications/none');
    await rig.bareSocket({ token: 'none' }).catch(() => undefined);
    await socket.request('subscribe', { topic: 'none '.repeat(1_000) }, 2);
    await until(() => log.some((line) => line.includes('"delivery_expired"')), { what: 'an expiry is logged' });
    await rig.redis.kill();
    await rest.post('/v1/notifications', { to: { user: 'ann' }, type: 'note', data: 1 });
    await until(() => log.some((line) => line.includes('"redis_lost"')), { what: 'the loss of Redis is logged' });
    await rig.redis.restart();
    await rig.server().ready();
    await rig.server().stop();
    lines = log;
  });

  afterAll(() => rig?.close());

  it('are parsed, all of them', () => {
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.filter((line) => ship(line) === undefined)).toEqual([]);
    expect(refused).toEqual([]);
  });

  it('keep their own time, to the millisecond', () => {
    for (const line of lines) {
      const { time } = JSON.parse(line) as { time: string };
      expect(time).toMatch(/\.\d{3}Z$/);
      expect(ship(line)?.document).toMatchObject({ '@timestamp': time, container: 'postrider-node-1-1' });
    }
  });

  it('are taken by the strict mapping of the index template', () => {
    expect(lines.flatMap((line) => misfitsOf(ship(line)?.document, mapping))).toEqual([]);
    const events = new Set(lines.map((line) => (JSON.parse(line) as { event?: string }).event));
    expect([...events]).toEqual(
      expect.arrayContaining([
        'config_loaded',
        'delivery_redelivered',
        'frame_refused',
        'redis_lost',
        'drained',
        undefined,
      ]),
    );
  });

  it('are taken by it also where an extension tells what nobody knows', () => {
    const known = JSON.stringify({
      level: 'info',
      time: '2026-01-01T00:00:00.000Z',
      node: 'n',
      extra: { a: { b: [1] } },
    });
    expect(misfitsOf(ship(known)?.document, mapping)).toEqual([]);
    const unknown = JSON.stringify({ time: '2026-01-01T00:00:00.000Z', surprise: 1, offset: '7', topics: 1.5 });
    expect(misfitsOf(ship(unknown)?.document, mapping)).toEqual([
      'surprise: is not mapped',
      'offset: "7" is no long',
      'topics: 1.5 is no long',
    ]);
  });

  it('go to the data stream of the template under an id of their own, which is not stored', () => {
    const [first, second] = [ship(lines[0] ?? ''), ship(lines[0] ?? '')];
    expect(first).toMatchObject({ index: 'logs-postrider-default', operation: 'create', id: expect.any(String) });
    expect(second?.id).not.toBe(first?.id);
    expect(Object.keys(first?.document ?? {})).not.toContain('_hash');
  });

  it('are kept aside where they are none of ours', () => {
    for (const line of ['(node:1) Warning: x', '[1]', '{"time":"yesterday"}', '"text"', '']) {
      expect([line, ship(line), refused.splice(0)]).toEqual([line, undefined, [line]]);
    }
  });
});
