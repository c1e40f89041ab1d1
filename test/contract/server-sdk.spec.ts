import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type ErrorCode, PostriderServer } from '@postrider/server';
import type * as sdk from '@postrider/server';
import type { z } from 'zod';
import { ERRORS } from '../../src/contract/postrider-error.js';
import type * as notificationsAnswers from '../../src/contract/notification-answers.schema.js';
import type * as booksAnswers from '../../src/contract/books.schema.js';
import type * as topicsAnswers from '../../src/contract/topic-answers.schema.js';
import type * as receiptsAnswers from '../../src/contract/receipt-answers.schema.js';
import type * as sessionsAnswers from '../../src/contract/session-answers.schema.js';
import type * as letters from '../../src/contract/dead-letter.schema.js';
import type { notificationBody } from '../../src/contract/notification.schema.js';
import type { RevocationsPage, revocationBody } from '../../src/contract/revocation.schema.js';
import type { AckPolicy, NotificationState, Priority, RecipientState, SessionState } from '../../src/contract/terms.js';
import { exampleOf } from './rest-call.js';
import { REST_CALLS } from './rest-calls.js';
import type { Same, SameWords } from './same-fields.js';

/** Calls of the server SDK, with the parameters of the examples. */
const CALLS: Readonly<Record<string, (server: PostriderServer, id: string, body: unknown) => Promise<unknown>>> = {
  'POST /v1/notifications': (server, _, body) => server.notify(body as sdk.NotificationBody),
  'POST /v1/notifications/batch': (server, _, body) =>
    server.notifyBatch((body as { notifications: sdk.NotificationBody[] }).notifications),
  'POST /v1/notifications/dry-run': (server, _, body) => server.dryRun(body as sdk.NotificationBody),
  'GET /v1/notifications/:id/timeline': (server, id) => server.timeline(id),
  'GET /v1/notifications/:id': (server, id) => server.status(id),
  'GET /v1/notifications/:id/receipts': (server, id) => server.receipts(id, { state: 'acked' }).page(),
  'DELETE /v1/notifications/:id': (server, id) => server.cancel(id),
  'GET /v1/topics/:topic': (server, topic) => server.topic(topic),
  'GET /v1/topics/:topic/history': (server, topic) => server.history(topic, { from: 41, limit: 2 }).page(),
  'GET /v1/topics/:topic/presence': (server, topic) => server.presence(topic),
  'GET /v1/users/:user/sessions': (server, user) => server.sessions(user).page(),
  'GET /v1/users/:user/unacked': (server, user) => server.unacked(user).page(),
  'DELETE /v1/sessions/:id': (server, id) => server.endSession(id),
  'GET /v1/dead-letters': (server) => server.deadLetters({ topic: 'user:alice' }).page(),
  'POST /v1/dead-letters/replay': (server, _, body) => server.replayMany((body as { ids: string[] }).ids),
  'POST /v1/dead-letters/drop': (server, _, body) => server.dropMany((body as { ids: string[] }).ids),
  'POST /v1/dead-letters/:id/replay': (server, id) => server.replay(id),
  'DELETE /v1/dead-letters/:id': (server, id) => server.drop(id),
  'POST /v1/revocations': (server, _, body) => server.revoke(body as sdk.RevocationBody),
  'GET /v1/revocations': (server) => server.revocations().page(),
  'DELETE /v1/revocations/:id': (server, id) => server.liftRevocation(id),
  'GET /v1/books': (server) => server.books(),
};

describe('the server SDK', () => {
  it('has every call of the REST interface', () => {
    const calls = REST_CALLS.map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(CALLS).toSorted()).toEqual(calls.toSorted());
  });

  it.each(REST_CALLS)('asks $method $path as documented and gives the answer', async (call) => {
    const { method, path, example, body, status, answer } = call;
    const asked: { url: URL; init: RequestInit }[] = [];
    const answering = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
      asked.push({ url: new URL(String(url)), init });
      return new Response(JSON.stringify(answer.example), { status });
    };
    const server = new PostriderServer({ url: 'http://x', apiKey: 'key', fetch: answering as typeof fetch });
    const [, id = ''] = new RegExp(`^${path.replace(/:[a-z]+/, '([^/?]+)')}`).exec(example) ?? [];
    const given = await CALLS[`${method} ${path}`]?.(server, id, body && exampleOf(body));

    const [{ url, init } = { url: undefined, init: undefined }] = asked;
    expect(init?.method).toBe(method);
    expect(decodeURIComponent(`${url?.pathname}${url?.search}`)).toBe(example);
    expect(init?.body && JSON.parse(String(init.body))).toEqual(body && exampleOf(body));
    const { results } = answer.example as { results?: unknown };
    if (given !== undefined) expect(given).toEqual(results ?? answer.example);
  });
});

describe('docs/server-sdk.md', () => {
  const [, text = ''] = readFileSync(new URL('../../docs/server-sdk.md', import.meta.url), 'utf8').split('## Options');
  const [options = '', calls = ''] = text.split('## Calls');
  const wordsOf = (table: string, pattern: RegExp): string[] =>
    [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) => cell.match(pattern) ?? []).toSorted();

  it('has every method', () => {
    const source = readFileSync(new URL('../../clients/node-server/src/postrider-server.ts', import.meta.url), 'utf8');
    const methods = [
      ...source.matchAll(/^  (?:async )?([a-zA-Z]+)(?:<.*>)?\($/gm),
      ...source.matchAll(/^  (?:async )?([a-zA-Z]+)\(.*\{$/gm),
    ];
    const names = methods.map(([, name = '']) => name).filter((name) => name !== 'constructor');
    expect(names).toEqual(expect.arrayContaining(['notify', 'notifyBatch', 'receipts', 'books']));
    expect(wordsOf(calls.split('## ')[0] ?? '', /(?<=`)[a-zA-Z]+(?=\()/g)).toEqual(names.toSorted());
  });

  it('has every option', () => {
    const source = readFileSync(new URL('../../clients/node-server/src/options.ts', import.meta.url), 'utf8');
    const [, body = ''] = /interface TransportOptions \{([^]*?)^\}/m.exec(source) ?? [];
    const names = [...body.matchAll(/^  ([a-zA-Z]+)\??:/gm)].map(([, name = '']) => name);
    expect(names).toContain('retries');
    expect(wordsOf(options, /(?<=`)[a-zA-Z]+(?=`)/g)).toEqual(names.toSorted());
  });
});

type BodyOfServer = Omit<z.input<typeof notificationBody>, 'escalate'>;

/** Compile-time check that the types of the SDK equal those of the server's schemas. */
const types: true[] = [
  true satisfies Same<notificationsAnswers.Accepted, sdk.Accepted>,
  true satisfies Same<notificationsAnswers.BatchResult, sdk.BatchResult>,
  true satisfies Same<notificationsAnswers.NotificationStatus, sdk.NotificationStatus>,
  true satisfies Same<receiptsAnswers.ReceiptsPage, sdk.Page<sdk.Receipt>>,
  true satisfies Same<notificationsAnswers.Cancelled, sdk.Cancelled>,
  true satisfies Same<topicsAnswers.TopicAnswer, sdk.Topic>,
  true satisfies Same<topicsAnswers.HistoryPage, sdk.Page<sdk.HistoryEntry>>,
  true satisfies Same<topicsAnswers.Presence, sdk.Presence>,
  true satisfies Same<sessionsAnswers.SessionsPage, sdk.Page<sdk.Session>>,
  true satisfies Same<letters.DeadLettersPage, sdk.DeadLetterPage>,
  true satisfies Same<receiptsAnswers.TimelinePage['items'], sdk.TimelineEvent[]>,
  true satisfies Same<notificationsAnswers.DryRun, sdk.DryRun>,
  true satisfies Same<sessionsAnswers.UnackedPage, sdk.Page<sdk.Unacked>>,
  true satisfies Same<letters.ReplayedMany['results'], sdk.ReplayResult[]>,
  true satisfies Same<letters.DroppedMany['results'], sdk.DropResult[]>,
  true satisfies Same<letters.Replayed, sdk.Replayed>,
  true satisfies Same<RevocationsPage, sdk.Page<sdk.Revocation>>,
  true satisfies Same<sdk.RevocationBody, z.input<typeof revocationBody>>,
  true satisfies Same<booksAnswers.Books, sdk.Books>,
  true satisfies Same<sdk.NotificationBody, BodyOfServer>,
  // One recipient or one list: a union in the SDK, a rule in the schema.
  true satisfies Same<Omit<BodyOfServer, 'to'>, Omit<sdk.NotificationBody, 'to'>>,
];

/** Every code except those that only sockets use. */
type Refusal = Exclude<
  keyof typeof ERRORS,
  | 'malformed_frame'
  | 'unknown_event'
  | 'not_subscribed'
  | 'too_many_subscriptions'
  | 'offset_above_head'
  | 'stale_epoch'
>;
/** Failures on the way to the server. */
type Failure = 'network' | 'timeout' | 'bad_answer';
type Named<T> = T extends string ? (string extends T ? never : T) : never;

describe('the types of the server SDK', () => {
  it('are those of the schemas, and name the codes of REST, as the compiler has checked', () => {
    const named: SameWords<Refusal | Failure, Named<ErrorCode>> = true;
    const words: true[] = [
      true satisfies SameWords<Priority, sdk.NotificationBody['priority'] & string>,
      true satisfies SameWords<AckPolicy, sdk.NotificationBody['ack'] & string>,
      true satisfies SameWords<NotificationState, sdk.NotificationState>,
      true satisfies SameWords<RecipientState, sdk.Receipt['state']>,
      true satisfies SameWords<SessionState, sdk.Session['state']>,
    ];
    expect([...types, ...words, named]).not.toContain(false);
  });
});
