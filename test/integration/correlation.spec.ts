import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AppRig } from '../support/app-rig.js';
import type { Accepted, Problem } from '../support/rest-types.js';

const CORRELATION = `order-"4711"\\n`;
const headers = { 'x-correlation-id': CORRELATION };

let rig: AppRig;
beforeAll(async () => {
  rig = await AppRig.start();
});
afterAll(() => rig?.close());

const body = (user: string) => ({ to: { user }, type: 'order.shipped', data: { text: '","correlationId":"' } });

describe('a correlation id', () => {
  it('appears in the frame, the status, the history and the dead letter, and in a redelivery', async () => {
    const socket = await rig.socket('ann');
    const { id } = (await rig.rest.post<Accepted>('/v1/notifications', body('ann'), { headers })).body;
    const frame = await socket.notification('user:ann');
    expect(frame).toMatchObject({ id, correlationId: CORRELATION, data: body('ann').data });
    expect(await rig.rest.status(id)).toMatchObject({ correlationId: CORRELATION });
    const history = await rig.rest.get('/v1/topics/user:ann/history');
    expect(history.body).toMatchObject({ items: [{ id, correlationId: CORRELATION }] });
    await socket.request('nack', { topic: 'user:ann', offset: frame.offset, terminate: true }, 1);
    const letters = await rig.rest.get('/v1/dead-letters');
    expect(letters.body).toMatchObject({ items: [{ notification: id, correlationId: CORRELATION }] });
    await rig.rest.post(`/v1/dead-letters/${id}/replay`, undefined);
    expect(await socket.notification('user:ann')).toMatchObject({ correlationId: CORRELATION });
  });

  it('applies to every item of a batch and to scheduled notifications', async () => {
    const socket = await rig.socket('bob');
    const scheduled = { ...body('bob'), delayMs: 50 };
    await rig.rest.post('/v1/notifications/batch', { notifications: [body('bob'), scheduled] }, { headers });
    for (const _ of [1, 2]) {
      expect(await socket.notification('user:bob')).toMatchObject({ correlationId: CORRELATION });
    }
  });

  it('is absent if it was not given, as is a trace if nobody traces', async () => {
    const socket = await rig.socket('cat');
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const { id } = (await rig.rest.post<Accepted>('/v1/notifications', body('cat'), { headers: { traceparent } })).body;
    const frame = await socket.notification('user:cat');
    const fields = ['topic', 'offset', 'epoch', 'id', 'type', 'data', 'at', 'expiresAt', 'attempt'];
    expect(Object.keys(frame)).toEqual(fields);
    const status = await rig.rest.status(id);
    expect(status).not.toHaveProperty('correlationId');
    expect(status).not.toHaveProperty('traceparent');
    // Even without tracing, the spans that a client names are checked.
    const refused = await socket.request<Problem>('ack', { topic: 'user:cat', offset: 1, traceparents: ['x'] }, 1);
    expect([refused.event, refused.data]).toMatchObject(['error', { code: 'invalid_request', field: 'traceparents' }]);
    const taken = await socket.request('ack', { topic: 'user:cat', offset: 1, traceparents: [traceparent] }, 2);
    expect(taken.event).toBe('acked');
  });

  it.each(['', 'a b', 'x'.repeat(129), 'ü'])('is refused by name if it is %j', async (value) => {
    const refused = { headers: { 'x-correlation-id': value } };
    for (const path of ['/v1/notifications', '/v1/notifications/batch']) {
      const sent = path.endsWith('batch') ? { notifications: [body('dan')] } : body('dan');
      const { status, body: problem } = await rig.rest.post<Problem>(path, sent, refused);
      expect([status, problem.errors?.map(({ field }) => field)]).toEqual([400, ['X-Correlation-Id']]);
    }
  });

  it('is described as a header in the OpenAPI document', async () => {
    const document = rig.openApi() as OpenAPIObject;
    for (const path of ['/v1/notifications', '/v1/notifications/batch']) {
      const { parameters } = document.paths[path]?.post ?? {};
      expect(parameters).toContainEqual(
        expect.objectContaining({ name: 'X-Correlation-Id', in: 'header', required: false }),
      );
    }
  });
});
