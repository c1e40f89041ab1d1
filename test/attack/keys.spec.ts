import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsoleClient } from '../support/console-client.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RestClient } from '../support/rest-client.js';
import type { Problem } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const note = { to: { user: 'ada' }, type: 'note', data: 1 };
const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');
const entry = (key: string, app: string, scopes: string[]): object => ({ app, name: key, scopes, sha256: sha256(key) });

const ENTRIES = [
  entry('the-publish-key', 'main', ['publish']),
  entry('the-read-key', 'main', ['read']),
  entry('the-admin-key', 'main', ['admin']),
  entry('the-foreign-key', 'foreign', ['publish', 'read', 'admin']),
  entry('the-reader-of-all', '*', ['read']),
];

describe('API keys', () => {
  let rig: PostriderRig;
  let folder: string;
  let path: string;
  let session: string;
  let id: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postrider-keys-'));
    path = join(folder, 'keys.json');
    await write(ENTRIES);
    rig = await PostriderRig.start({ env: { API_KEYS_FILE: path, KEY_FILE_POLL_MS: '50' } });
    ({ session } = await (await rig.socket('ada')).welcome());
    ({ id } = await rig.rest().notify(note));
  });

  afterAll(async () => {
    await rig?.close();
    await rm(folder, { recursive: true });
  });

  const write = (entries: object[]): Promise<void> => writeFile(path, JSON.stringify(entries));
  const asked = async (key: string, method: string, call: string, body?: object): Promise<string> => {
    const answer = await rig.rest(0, key).call<Problem>(method, call, { body, headers: { 'postrider-app': 'main' } });
    return answer.status < 400 ? String(answer.status) : `${answer.status} ${answer.body.code}`;
  };

  it.each<[key: string, method: string, path: string, back: string, body?: object]>([
    ['the-publish-key', 'POST', '/v1/notifications', '202', note],
    ['the-publish-key', 'POST', '/v1/notifications/batch', '207', { notifications: [note] }],
    ['the-publish-key', 'GET', '/v1/notifications/:id', '403 forbidden'],
    ['the-publish-key', 'GET', '/v1/books', '403 forbidden'],
    ['the-publish-key', 'DELETE', '/v1/sessions/:session', '403 forbidden'],
    ['the-publish-key', 'POST', '/v1/revocations', '403 forbidden', { user: 'ada' }],
    ['the-publish-key', 'DELETE', '/v1/dead-letters/x', '403 forbidden'],
    ['the-read-key', 'GET', '/v1/notifications/:id', '200'],
    ['the-read-key', 'GET', '/v1/dead-letters', '200'],
    ['the-read-key', 'POST', '/v1/notifications', '403 forbidden', note],
    ['the-read-key', 'DELETE', '/v1/notifications/:id', '403 forbidden'],
    ['the-read-key', 'POST', '/v1/dead-letters/x/replay', '403 forbidden'],
    ['the-read-key', 'GET', '/v1/revocations', '403 forbidden'],
    ['the-admin-key', 'GET', '/v1/revocations', '200'],
    ['the-admin-key', 'DELETE', '/v1/revocations/user:nobody', '404 revocation_not_found'],
    ['the-admin-key', 'POST', '/v1/notifications', '403 forbidden', note],
    ['the-admin-key', 'GET', '/v1/users/ada/sessions', '403 forbidden'],
    // The key of another app: nothing reveals the resource, whatever the header says.
    ['the-foreign-key', 'GET', '/v1/notifications/:id', '404 notification_not_found'],
    ['the-foreign-key', 'GET', '/v1/notifications/:id/receipts', '404 notification_not_found'],
    ['the-foreign-key', 'DELETE', '/v1/notifications/:id', '404 notification_not_found'],
    ['the-foreign-key', 'DELETE', '/v1/sessions/:session', '404 session_not_found'],
    ['the-foreign-key', 'GET', '/v1/topics/user:ada', '404 topic_not_found'],
    ['the-foreign-key', 'DELETE', '/v1/dead-letters/:id', '404 dead_letter_not_found'],
    // The key for any app, which may only read.
    ['the-reader-of-all', 'GET', '/v1/notifications/:id', '200'],
    ['the-reader-of-all', 'POST', '/v1/notifications', '403 forbidden', note],
    ['the-reader-of-all', 'DELETE', '/v1/sessions/:session', '403 forbidden'],
    // Without a key.
    ['', 'GET', '/v1/books', '401 unauthorized'],
    [sha256('the-admin-key'), 'GET', '/v1/revocations', '401 unauthorized'],
    ['the-admin-kex', 'GET', '/v1/revocations', '401 unauthorized'],
    ['the-admin-key,the-read-key', 'GET', '/v1/revocations', '401 unauthorized'],
    ['*', 'GET', '/v1/revocations', '401 unauthorized'],
  ])('%s: %s %s → %s', async (key, method, call, back, ...[body]) => {
    expect(await asked(key, method, call.replace(':id', id).replace(':session', session), body)).toBe(back);
  });

  it('are distinguished from the token of a user', async () => {
    const { body } = await rig.rest(0, await rig.tokens.sign('ada')).get<Problem>('/v1/books');
    expect(body).toMatchObject({ code: 'unauthorized', detail: expect.stringContaining('client token') });
  });

  it('say which scope is missing', async () => {
    const { body } = await rig.rest(0, 'the-read-key').post<Problem>('/v1/notifications', note);
    expect(body).toMatchObject({
      code: 'forbidden',
      detail: 'The key has no scope publish. Use one that has it.',
      retryable: false,
    });
  });

  it('for all apps open the console with their scopes, and no more', async () => {
    const { console } = await ConsoleClient.signIn(rig.server().url, 'the-reader-of-all');
    if (!console) throw new Error('not signed in');
    const rest = new RestClient(rig.server().url);
    const headers = { cookie: console.cookie, 'postrider-app': 'main' };
    expect((await rest.get(`/v1/notifications/${id}`, { headers })).status).toBe(200);
    expect((await rest.post('/v1/notifications', note, { headers })).status).toBe(403);
    expect((await rest.get('/console/queues/api/queues', { headers })).status).toBe(403);
  });

  it('rotate without a restart: the new one works beside the old one, which then ends', async () => {
    const renewed = entry('the-next-publish-key', 'main', ['publish']);
    await write([...ENTRIES, renewed]);
    await until(async () => (await asked('the-next-publish-key', 'POST', '/v1/notifications', note)) === '202');
    expect(await asked('the-publish-key', 'POST', '/v1/notifications', note)).toBe('202');
    await write([...ENTRIES.slice(1), renewed]);
    await until(async () => (await asked('the-publish-key', 'POST', '/v1/notifications', note)) === '401 unauthorized');
    expect(await asked('the-next-publish-key', 'POST', '/v1/notifications', note)).toBe('202');
  });

  it('stay unchanged while their file is broken, which readiness and a metric report', async () => {
    await write(ENTRIES);
    await until(async () => (await asked('the-publish-key', 'POST', '/v1/notifications', note)) === '202');
    await writeFile(path, '[{"app":"main","name":"eve","scopes":["admin"],"sha2');
    await until(async () => (await rig.rest().metric('postrider_key_sources_failing')) === 1);
    expect(await asked('the-publish-key', 'POST', '/v1/notifications', note)).toBe('202');
    const { status, body } = await rig.rest().get<{ details: { keys: object } }>('/health/ready');
    expect([status, body.details.keys]).toMatchObject([200, { status: 'up', detail: 'API_KEYS_FILE cannot be read' }]);
    const line = await until(() => rig.server().log.find((text) => text.includes('A file cannot be read')));
    expect(JSON.parse(line)).toMatchObject({ level: 'error', setting: 'API_KEYS_FILE', error: 'is not JSON' });
    await write(ENTRIES);
    await until(async () => (await rig.rest().metric('postrider_key_sources_failing')) === 0);
  });
});

describe('a server with a bad file of keys', () => {
  it('does not start, and names the fault without showing the contents', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postrider-keys-'));
    const path = join(folder, 'keys.json');
    const rig = await PostriderRig.start({ nodes: 0 });
    try {
      await writeFile(path, JSON.stringify([{ ...entry('k', 'main', ['read']), key: 'a-secret-by-mistake' }]));
      const started = rig.addServer('bad', { API_KEYS_FILE: path });
      await expect(started).rejects.toMatchObject({
        message: expect.stringContaining('API_KEYS_FILE: [0].key is not a known field'),
      });
      await expect(started).rejects.not.toMatchObject({ message: expect.stringContaining('a-secret-by-mistake') });
    } finally {
      await rig.close();
      await rm(folder, { recursive: true });
    }
  });
});
