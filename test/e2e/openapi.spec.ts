import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';
import { z } from 'zod';
import { type RestCall, exampleOf } from '../contract/rest-call.js';
import { REST_CALLS } from '../contract/rest-calls.js';
import { generatedFile } from '../support/generated-file.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Answer, RestClient } from '../support/rest-client.js';
import type { Accepted, Page } from '../support/rest-types.js';
import { until } from '../support/wait.js';

interface Content {
  schema: { $ref?: string };
  example?: unknown;
}
interface Operation {
  tags: string[];
  parameters: { name: string; in: string; required?: boolean; description?: string }[];
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, { content?: Record<string, Content> }>;
}
interface Document {
  openapi: string;
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Record<string, unknown>> };
}
interface Call {
  method: string;
  path: string;
  operation: Operation;
}

describe('the OpenAPI document', () => {
  let rig: PostriderRig;
  let rest: RestClient;
  let document: Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const seen = new Set<string>();

  const callsOf = (): Call[] =>
    Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
    );
  const api = (): Call[] => callsOf().filter(({ path }) => path.startsWith('/v1/'));
  const withBody = (): Call[] => callsOf().filter(({ operation }) => operation.requestBody);
  const bodyOf = ({ operation }: Call): Content | undefined => operation.requestBody?.content['application/json'];
  const documentedAs = ({ method, path }: RestCall): Operation | undefined =>
    document.paths[path.replaceAll(/:([a-z]+)/g, '{$1}')]?.[method.toLowerCase()];

  beforeAll(async () => {
    formats.default.default(ajv);
    rig = await PostriderRig.start({ env: { ACK_WAIT_MS: '200' } });
    rest = rig.rest();
    document = (await rest.get<Document>('/docs/json')).body;
  });

  afterAll(() => rig?.close());

  /** Checks the real answer of a call against the document's schema for its status. */
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

  it('describes every answer correctly', async () => {
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

  it('matches docs/openapi.json (UPDATE_DOCS=1 rewrites it)', async () => {
    const { is, shouldBe } = await generatedFile('docs/openapi.json', JSON.stringify(document));
    expect(is).toBe(shouldBe);
  });

  it('includes every call of the API', () => {
    const documented = api().map(({ method, path }) => `${method} ${path}`);
    expect(documented.toSorted()).toEqual([...seen].toSorted());
  });

  it('has an example of every body that the server accepts', async () => {
    expect(withBody()).toHaveLength(6);
    for (const call of withBody()) {
      const body = bodyOf(call);
      expect({ path: call.path, example: body?.example }).toEqual({ path: call.path, example: expect.any(Object) });
      const answer = await rest.post<{ results?: { status: number }[] }>(call.path, body?.example);
      const success = Object.keys(call.operation.responses).find((status) => status.startsWith('2'));
      expect([call.path, String(answer.status)]).toEqual([call.path, success]);
      expectDocumented(call.method, call.path, answer);
      const statuses = new Set(answer.body.results?.map(({ status }) => status));
      if (call.path.endsWith('/batch')) expect([...statuses]).toEqual([202]);
    }
  });

  it('has body schemas that accept their example, and nothing with two targets', () => {
    for (const call of withBody()) {
      const body = bodyOf(call);
      const validate = ajv.compile({ ...body?.schema, components: document.components });
      expect([call.path, validate(body?.example), validate.errors]).toEqual([call.path, true, null]);
    }
    const to = ajv.compile({ $ref: '#/components/schemas/NotificationTo', components: document.components });
    const targets = [
      { user: 'a' },
      { users: ['a'] },
      { topic: 'a' },
      { topics: ['a'] },
      { session: 'a' },
      { all: true },
    ];
    expect(targets.map((target) => to(target))).toEqual(targets.map(() => true));
    expect([{}, { user: 'a', all: true }, { nobody: 'a' }].map((target) => to(target))).toEqual([false, false, false]);
    expect(document.components.schemas['NotificationTo']).toMatchObject({ oneOf: targets.map(() => ({})) });
  });

  it('has the rules between fields of a body', () => {
    const takes = (name: string, body: object): boolean =>
      ajv.compile({ $ref: `#/components/schemas/${name}`, components: document.components })(body);
    const before = '2026-01-01T00:00:00Z';
    const revocations = [
      { user: 'a' },
      { jti: 'a' },
      { user: 'a', before },
      {},
      { user: 'a', jti: 'a' },
      { jti: 'a', before },
    ];
    expect(revocations.map((body) => takes('RevocationRequest', body))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    const note = { to: { user: 'a' }, type: 'a', data: 1 };
    const dates = [{ delayMs: 1 }, { deliverAt: before }, { delayMs: 1, deliverAt: before }];
    expect(dates.map((date) => takes('Notification', { ...note, ...date }))).toEqual([true, true, false]);
  });

  it('names the headers that a call takes', () => {
    const taking = (header: string) =>
      callsOf().flatMap(({ method, path, operation: { parameters } }) =>
        parameters.some(({ name, in: place, required }) => name === header && place === 'header' && !required)
          ? [`${method} ${path}`]
          : [],
      );
    const sending = ['post /v1/notifications', 'post /v1/notifications/batch'];
    expect(taking('Idempotency-Key').toSorted()).toEqual(sending);
    expect(taking('X-Correlation-Id').toSorted()).toEqual(sending);
    expect(taking('Postrider-App')).toEqual(api().map(({ method, path }) => `${method} ${path}`));
  });

  it('has a name for each schema of a body and an answer, and for each object in them', () => {
    const contents = api().flatMap(({ path, operation: { requestBody, responses } }) =>
      [requestBody, ...Object.values(responses)].flatMap((part) =>
        Object.values(part?.content ?? {}).map(({ schema }) => ({ path, schema })),
      ),
    );
    const named = { $ref: expect.stringMatching(/^#\/components\/schemas\/[A-Z][A-Za-z]+$/) };
    for (const { path, schema } of contents) expect({ path, schema }).toEqual({ path, schema: named });
    const { schemas } = document.components;
    const anonymous = Object.entries(schemas).flatMap(([name, schema]) =>
      Object.values(schema)
        .flatMap(objectsIn)
        .map((object) => ({ name, object })),
    );
    expect(anonymous.filter(({ object }) => object['title'] === undefined)).toEqual([]);
  });

  it('lists the calls in the order of their use, those that send first', () => {
    const tags = document.tags.map(({ name }) => name);
    const groups = [...new Set(REST_CALLS.map(({ group }) => group))];
    expect(tags).toEqual([...groups, 'Health', 'Metrics']);
    expect([...new Set(callsOf().flatMap(({ operation }) => operation.tags))]).toEqual(tags);
  });

  it.each(REST_CALLS)('shows $method $path as docs/rest-api.md does', (call) => {
    const operation = documentedAs(call);
    expect(operation?.tags).toEqual([call.group]);
    expect(operation?.requestBody?.content['application/json']?.example).toEqual(call.body && exampleOf(call.body));
    const parameters = operation?.parameters ?? [];
    expect(parameters.some(({ name }) => name === 'Idempotency-Key')).toBe(call.takesKey ?? false);
    const asked = parameters.filter((parameter) => parameter.in === 'query');
    const query = Object.entries(call.query?.shape ?? {}).map(([name, field]) => [
      name,
      z.globalRegistry.get(field)?.description,
    ]);
    expect(asked.map(({ name, description }) => [name, description])).toEqual(query);
    expect(Object.keys(operation?.responses ?? {})).toEqual([String(call.status), 'default']);
  });
});

/** Finds the objects with inline properties in a part of a schema. */
function objectsIn(part: unknown): Record<string, unknown>[] {
  if (typeof part !== 'object' || part === null) return [];
  const inner = Object.values(part).flatMap(objectsIn);
  return 'properties' in part && 'type' in part ? [part, ...inner] : inner;
}
