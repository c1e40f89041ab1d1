import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';
import { generatedFile } from '../support/generated.file.js';
import { PostriderRig } from '../support/postrider.rig.js';
import type { Answer, RestClient } from '../support/rest.client.js';
import type { Accepted, Page } from '../support/rest.types.js';
import { until } from '../support/wait.js';

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components?: object;
}

describe('the OpenAPI document', () => {
  let rig: PostriderRig;
  let rest: RestClient;
  let document: Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const seen = new Set<string>();

  beforeAll(async () => {
    formats.default.default(ajv);
    rig = await PostriderRig.start({ env: { ACK_WAIT_MS: '200' } });
    rest = rig.rest();
    document = (await rest.get<Document>('/docs/json')).body;
  });

  afterAll(() => rig?.close());

  /** The real answer of a call against the schema that the document has for its status. */
  function expectDocumented<T>(method: string, path: string, answer: Answer<T>): T {
    const operation = document.paths[path]?.[method];
    expect(operation).toBeDefined();
    const status = String(answer.status);
    const response = operation?.responses[status] ?? operation?.responses[`${status[0]}XX`];
    const content = response?.content ?? operation?.responses['default']?.content;
    const [media] = Object.values(content ?? {});
    expect({ path, status: answer.status, documented: media !== undefined }).toMatchObject({ documented: true });
    const validate = ajv.compile({ ...media?.schema, components: document.components ?? {} });
    expect({ errors: validate(answer.body) ? [] : validate.errors, path }).toEqual({ errors: [], path });
    seen.add(`${method} ${path}`);
    return answer.body;
  }

  it('describes every answer as it is', async () => {
    expect(document.openapi).toMatch(/^3\./);
    const socket = await rig.socket('alice');
    const { session } = await socket.welcome();
    await socket.subscribed('user:alice');
    const note = { to: { user: 'alice' }, type: 'order.shipped', data: { order: 1 }, metadata: { trace: 'x' } };

    const { id } = expectDocumented<Accepted>('post', '/v1/notifications', await rest.post('/v1/notifications', note));
    const { offset } = await socket.notification('user:alice');
    await socket.request('ack', { topic: 'user:alice', offset }, 1);
    const one = '/v1/notifications/{id}';
    expectDocumented('get', one, await rest.get(`/v1/notifications/${id}`));
    expectDocumented('get', `${one}/timeline`, await rest.get(`/v1/notifications/${id}/timeline`));
    expectDocumented('post', '/v1/notifications/dry-run', await rest.post('/v1/notifications/dry-run', note));
    expectDocumented('get', `${one}/receipts`, await rest.get(`/v1/notifications/${id}/receipts`));
    expectDocumented('delete', one, await rest.delete(`/v1/notifications/${id}`));
    const open = await rest.notify({ to: { user: 'bob' }, type: 't', data: null });
    expectDocumented('delete', one, await rest.delete(`/v1/notifications/${open.id}`));
    const planned = await rest.post('/v1/notifications', { ...note, to: { users: ['a', 'b'] }, delayMs: 60_000 });
    expectDocumented('post', '/v1/notifications', planned);
    expectDocumented('post', '/v1/notifications', await rest.post('/v1/notifications', { ...note, extra: 1 }));
    const mixed = { notifications: [note, { to: {} }] };
    expectDocumented('post', '/v1/notifications/batch', await rest.post('/v1/notifications/batch', mixed));

    const topic = '/v1/topics/{topic}';
    expectDocumented('get', topic, await rest.get('/v1/topics/user:alice'));
    expectDocumented('get', topic, await rest.get('/v1/topics/nobody.knows'));
    expectDocumented('get', `${topic}/history`, await rest.get('/v1/topics/user:alice/history'));
    expectDocumented('get', `${topic}/presence`, await rest.get('/v1/topics/user:alice/presence'));

    const refused = await rest.notify({ to: { user: 'alice' }, type: 't', data: 1, maxAttempts: 1 });
    const dead = await until(async () => {
      const { body } = await rest.get<Page<{ id: string }>>('/v1/dead-letters');
      return body.items.find((letter) => letter.id === refused.id);
    });
    expectDocumented('get', '/v1/users/{user}/unacked', await rest.get('/v1/users/bob/unacked'));
    const some = { ids: [dead.id, 'nothing'] };
    const many = '/v1/dead-letters';
    expectDocumented('post', `${many}/replay`, await rest.post(`${many}/replay`, some));
    expectDocumented('post', `${many}/drop`, await rest.post(`${many}/drop`, { ids: ['nothing'] }));
    expectDocumented('get', '/v1/dead-letters', await rest.get('/v1/dead-letters'));
    const letter = '/v1/dead-letters/{id}';
    expectDocumented('post', `${letter}/replay`, await rest.post(`/v1/dead-letters/${dead.id}/replay`, undefined));
    expectDocumented('delete', letter, await rest.delete(`/v1/dead-letters/${dead.id}`));
    expectDocumented('delete', letter, await rest.delete(`/v1/dead-letters/${dead.id}`));

    expectDocumented('get', '/v1/users/{user}/sessions', await rest.get('/v1/users/alice/sessions'));
    expectDocumented('delete', '/v1/sessions/{id}', await rest.delete(`/v1/sessions/${session}`));
    const revocations = '/v1/revocations';
    expectDocumented('post', revocations, await rest.post(revocations, { jti: 'a', reason: 'lost' }));
    expectDocumented('post', revocations, await rest.post(revocations, { user: 'bob' }));
    expectDocumented('post', revocations, await rest.post(revocations, { user: 'bob', jti: 'a' }));
    expectDocumented('get', revocations, await rest.get(revocations));
    expectDocumented('delete', `${revocations}/{id}`, await rest.delete(`${revocations}/user:bob`));
    expectDocumented('delete', `${revocations}/{id}`, await rest.delete(`${revocations}/user:bob`));
    expectDocumented('get', '/v1/books', await rest.get('/v1/books'));
    expectDocumented('get', '/v1/books', await rig.rest(0, 'nobodys-key').get('/v1/books'));
  });

  it('is docs/openapi.json (UPDATE_DOCS=1 writes it anew)', async () => {
    const { is, shouldBe } = await generatedFile('docs/openapi.json', JSON.stringify(document));
    expect(is).toBe(shouldBe);
  });

  it('leaves no call of the API out', () => {
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(documented.filter((call) => call.includes(' /v1/')).toSorted()).toEqual([...seen].toSorted());
  });
});
