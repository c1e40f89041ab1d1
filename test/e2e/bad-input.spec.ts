import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { FrameSocket, HandshakeRefused } from '../support/frame-socket.js';
import type { ErrorFrame, Subscribed } from '../support/frames.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Problem } from '../support/rest-types.js';

/** Text in all invalid input, which must appear in no answer. */
const PLANTED = 'planted-7f3a';
const NOTE = { to: { user: 'victim' }, type: 'note', data: PLANTED };

describe('bad input', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { WS_MAX_SUBSCRIPTIONS: '50' } });
  });

  afterAll(() => rig?.close());

  afterEach(async () => {
    const rest = rig.rest();
    expect((await rest.get('/health/ready')).status).toBe(200);
    expect((await rest.books()).accepted).toBe(0);
    const { log } = rig.server();
    expect(log.filter((line) => /"level":(50|60|"error"|"fatal")/.test(line) || /\bat .+:\d+:\d+/.test(line))).toEqual(
      [],
    );
    expect(log.filter((line) => line.includes(PLANTED))).toEqual([]);
  });

  describe('of a POST', () => {
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    it.each<[string, number, string, string | undefined, unknown]>([
      ['no JSON', 400, 'invalid_request', undefined, `{"type": "${PLANTED}`],
      ['an empty body', 400, 'invalid_request', undefined, ''],
      ['an array', 400, 'invalid_request', undefined, []],
      ['a type of a wrong type', 400, 'invalid_request', 'type', { ...NOTE, type: 7 }],
      ['an unknown field', 400, 'invalid_request', 'colour', { ...NOTE, colour: 'red' }],
      ['two targets', 400, 'invalid_request', 'to', { ...NOTE, to: { user: 'a', topic: 'b' } }],
      ['no target', 400, 'invalid_request', 'to', { ...NOTE, to: {} }],
      ['a body of 10 MB', 413, 'payload_too_large', undefined, JSON.stringify('x'.repeat(10_000_000))],
      ['data of 65 KiB', 413, 'payload_too_large', 'data', { ...NOTE, data: 'x'.repeat(65 * 1_024) }],
      ['data nested 5,000 deep', 400, 'invalid_request', 'data', `{"to":{"user":"a"},"type":"t","data":${deep}}`],
      ['no data', 400, 'invalid_request', 'data', { to: { user: 'a' }, type: 't' }],
      ['a negative TTL', 400, 'invalid_request', 'ttlMs', { ...NOTE, ttlMs: -1 }],
      ['a TTL that is no number', 400, 'invalid_request', 'ttlMs', { ...NOTE, ttlMs: '1000' }],
      ['a past deliverAt', 400, 'invalid_request', 'deliverAt', { ...NOTE, deliverAt: '2020-01-01T00:00:00Z' }],
      ['a deliverAt that is no date', 400, 'invalid_request', 'deliverAt', { ...NOTE, deliverAt: 'tomorrow' }],
      ['a type with control characters', 400, 'invalid_request', 'type', { ...NOTE, type: 'a\u0000b\n' }],
      ['a __proto__ key', 400, 'invalid_request', 'to.__proto__', `{"to":{"__proto__":{"a":1}},"type":"t","data":1}`],
      [
        'a constructor key',
        400,
        'invalid_request',
        'constructor',
        `{"to":{"user":"a"},"type":"t","data":1,"constructor":{"prototype":{"a":1}}}`,
      ],
      ['a topic with spaces', 400, 'invalid_request', 'to.topic', { ...NOTE, to: { topic: 'a b' } }],
      ['a topic with braces', 400, 'invalid_request', 'to.topic', { ...NOTE, to: { topic: 'a{b}' } }],
      ['a topic of 1 KiB', 400, 'invalid_request', 'to.topic', { ...NOTE, to: { topic: 'a'.repeat(1_024) } }],
      ['a bad user among many', 400, 'invalid_request', 'to.users[1]', { ...NOTE, to: { users: ['a', 'b c'] } }],
      ['a session that is not there', 404, 'session_not_found', 'to.session', { ...NOTE, to: { session: 'nobody' } }],
    ])('%s → %i %s', async (_, status, code, field, body) => {
      const raw = typeof body === 'string' ? body : JSON.stringify(body);
      const headers = { 'content-type': 'application/json' };
      const answer = await rig.rest().call<Problem>('POST', '/v1/notifications', { raw, headers });
      expect(answer).toMatchObject({ status, body: { code, status } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      if (field) expect(answer.body.errors?.map((error) => error.field)).toContain(field);
      expect(JSON.stringify(answer.body)).not.toContain(PLANTED);
    });

    it('other bodies than JSON → 415, other keys → 401', async () => {
      const rest = rig.rest();
      const form = { raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
      expect((await rest.call('POST', '/v1/notifications', form)).status).toBe(415);
      expect((await rig.rest(0, 'wrong-key').post('/v1/notifications', NOTE)).status).toBe(401);
    });
  });

  describe('of a handshake', () => {
    const refusal = async (open: Promise<FrameSocket>): Promise<unknown> => {
      const thrown: unknown = await open.catch((error: unknown) => error);
      if (!(thrown instanceof HandshakeRefused)) return thrown;
      return { status: thrown.status, code: (JSON.parse(thrown.body) as Problem).code };
    };

    it('expired, forged and unsigned tokens → 401 before the upgrade', async () => {
      const { tokens } = rig;
      const bad = [await tokens.expired('a'), await tokens.forged('a'), tokens.unsigned('a'), 'rubbish'];
      for (const token of bad) {
        expect(await refusal(rig.bareSocket({ token }))).toEqual({ status: 401, code: 'unauthorized' });
        const protocols = ['postrider.v1', `bearer.${token}`];
        expect(await refusal(rig.bareSocket({ protocols }))).toEqual({ status: 401, code: 'unauthorized' });
      }
    });

    it('a page of another origin → 403', async () => {
      const open = rig.socket('a', { origin: 'https://elsewhere.example' });
      expect(await refusal(open)).toEqual({ status: 403, code: 'forbidden' });
    });

    it("another user's session → 4503, and the session goes on", async () => {
      const owner = await rig.socket('owner');
      const { session } = await owner.welcome();
      const thief = await rig.socket('thief', { query: { session } });
      expect((await thief.ending()).code).toBe(4503);
      expect(await owner.request('ping', undefined, 1)).toMatchObject({ event: 'pong' });
    });
  });

  describe('of a frame', () => {
    let socket: FrameSocket;

    const refused = async (event: string, data: unknown): Promise<ErrorFrame & { field?: string }> => {
      const answer = await socket.request<ErrorFrame & { field?: string }>(event, data, 'q');
      expect(answer.event).toBe('error');
      return answer.data;
    };

    beforeAll(async () => {
      socket = await rig.socket('framer', { claims: { topics: ['*'] } });
      await socket.subscribed('user:framer');
    });

    it('an ack above the head, of a foreign topic, of wrong types', async () => {
      expect(await refused('ack', { topic: 'user:framer', offset: 9 })).toMatchObject({
        code: 'offset_above_head',
        field: 'offset',
      });
      expect(await refused('ack', { topic: 'user:victim', offset: 1 })).toMatchObject({ code: 'not_subscribed' });
      expect(await refused('ack', { topic: 'user:framer', offset: PLANTED })).toMatchObject({ field: 'offset' });
      expect(await refused('ack', { topic: 'user:framer', offsets: [-1] })).toMatchObject({ field: 'offsets' });
      expect(await refused('nack', { topic: 'user:framer', offset: 9 })).toMatchObject({ code: 'offset_above_head' });
    });

    it('an invalid topic, or one of another user', async () => {
      for (const topic of ['a b', 'a{b}', 'a'.repeat(1_024), 7]) {
        expect(await refused('subscribe', { topic })).toMatchObject({ code: 'invalid_request', field: 'topic' });
        expect(await socket.request('ping', undefined, 'p')).toMatchObject({ event: 'pong' });
      }
      expect(await refused('subscribe', { topic: 'user:victim' })).toMatchObject({ code: 'forbidden' });
    });

    it('a publish that would be refused as a POST', async () => {
      const writer = await rig.socket('writer', { claims: { publish: ['*'] } });
      const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
      const bad: [string, string][] = [
        ['data', `{"topic":"public.x","type":"t","data":${deep}}`],
        ['data', '{"topic":"public.x","type":"t"}'],
        ['type', '{"topic":"public.x","type":"a\\u0000","data":1}'],
        ['topic', '{"topic":"a b","type":"t","data":1}'],
        ['key', '{"topic":"public.x","type":"t","data":1,"key":"a b"}'],
      ];
      for (const [n, [field, data]] of bad.entries()) {
        writer.sendRaw(`{"event":"publish","id":${n},"data":${data}}`);
        const answer = await writer.answer<ErrorFrame & { field?: string }>(n);
        expect({ field: answer.data.field, code: answer.data.code }).toEqual({ field, code: 'invalid_request' });
      }
    });

    it('a stale epoch: not recovered, and reported', async () => {
      const { data } = await socket.request<Subscribed>(
        'subscribe',
        { topic: 'public.x', offset: 4, epoch: 'old' },
        's',
      );
      expect(data).toMatchObject({ topic: 'public.x', recovered: false });
      expect((await socket.next('gap')).data).toMatchObject({ topic: 'public.x', reason: 'reset' });
    });

    it('an unknown event', async () => {
      expect(await refused(PLANTED, {})).toMatchObject({ code: 'unknown_event' });
    });

    it.each<[string, string | Buffer]>([
      ['no JSON', `{"event": "${PLANTED}`],
      ['no object', '"ack"'],
      ['no event', '{"data": 1}'],
      ['a binary frame', Buffer.from([1, 2, 3])],
    ])('%s → error, again and again → 4400', async (_, payload) => {
      const bad = await rig.socket('bad');
      await bad.welcome();
      bad.sendRaw(payload);
      expect((await bad.next<ErrorFrame>('error')).data).toMatchObject({ code: 'malformed_frame', retryable: false });
      for (let n = 0; n < 4; n++) bad.sendRaw(payload);
      expect((await bad.ending()).code).toBe(4400);
      expect(JSON.stringify(bad.frames)).not.toContain(PLANTED);
    });

    it('a frame beyond maxFrameBytes → 1009', async () => {
      const big = await rig.socket('big');
      const { maxFrameBytes } = await big.welcome();
      big.sendRaw(' '.repeat(maxFrameBytes + 1));
      expect((await big.ending()).code).toBe(1009);
    });

    it('16,000 fragments → closed', async () => {
      const shredder = await rig.socket('shredder');
      await shredder.welcome();
      // Not all at once, because a client that writes into a closed connection is reset before it
      // can read the reason.
      for (let n = 0; n < 16_000 && shredder.socket.readyState === WebSocket.OPEN; n++) {
        shredder.socket.send('x', { fin: n === 15_999, binary: false });
        if (n % 16 === 0) await setImmediate();
      }
      expect([1008, 1009]).toContain((await shredder.ending()).code);
    });

    it('10,000 subscriptions of one socket: as many as allowed, each answered in turn', async () => {
      const greedy = await rig.socket('greedy', { claims: { topics: ['*'] } });
      await greedy.welcome();
      for (let n = 0; n < 10_000; n++) greedy.send('subscribe', { topic: `public.t${n}` }, n);
      expect(await greedy.answer(9_999)).toMatchObject({ event: 'error', data: { code: 'too_many_subscriptions' } });
      const answers = greedy.frames.filter(({ id }) => id !== undefined);
      expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
      expect(answers.filter(({ event }) => event === 'subscribed').length).toBe(48);
    });
  });
});
