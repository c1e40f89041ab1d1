import { type CallOptions, call } from './call.js';
import type * as T from './types.js';

type Signal = Pick<CallOptions, 'signal'>;
type ForApp = Pick<CallOptions, 'app' | 'signal'>;

const enc = encodeURIComponent;

function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length > 0 ? `${path}?${new URLSearchParams(given).toString()}` : path;
}

export interface PageQuery {
  limit?: number;
  cursor?: string;
}

export interface LetterQuery extends PageQuery {
  topic?: string;
  reason?: string;
  type?: string;
}

/** Calls of the console to the server. All throw an `ApiError`. */
export const api = {
  signIn: (key: string) => call<T.ConsoleSession>('POST', '/console/session', { body: { key } }),
  /** Undefined if nobody is signed in. */
  session: async () => (await call<(T.ConsoleSession & T.SocketToken) | ''>('GET', '/console/session')) || undefined,
  signOut: () => call<void>('DELETE', '/console/session'),

  notification: (id: string, options?: Signal) => call<T.Status>('GET', `/v1/notifications/${enc(id)}`, options),
  timeline: (id: string) => call<T.Page<T.TimelineEvent>>('GET', `/v1/notifications/${enc(id)}/timeline`),
  receipts: (id: string, query: PageQuery & { state?: string }) =>
    call<T.Page<T.Receipt>>('GET', withQuery(`/v1/notifications/${enc(id)}/receipts`, { ...query })),
  cancel: (id: string) =>
    call<{ state: T.State; cancelled: number; kept: number }>('DELETE', `/v1/notifications/${enc(id)}`),
  send: (body: unknown, idempotencyKey: string) =>
    call<T.Accepted>('POST', '/v1/notifications', { body, idempotencyKey }),
  dryRun: (body: unknown) => call<T.DryRun>('POST', '/v1/notifications/dry-run', { body }),

  sessions: (user: string, query: PageQuery) =>
    call<T.Page<T.Session>>('GET', withQuery(`/v1/users/${enc(user)}/sessions`, { ...query })),
  unacked: (user: string, query: PageQuery) =>
    call<T.Page<T.Unacked>>('GET', withQuery(`/v1/users/${enc(user)}/unacked`, { ...query })),
  disconnect: (session: string) => call<{ id: string }>('DELETE', `/v1/sessions/${enc(session)}`),

  topic: (topic: string) => call<T.Topic>('GET', `/v1/topics/${enc(topic)}`),
  history: (topic: string, query: PageQuery & { from?: number }) =>
    call<T.Page<T.HistoryEntry>>('GET', withQuery(`/v1/topics/${enc(topic)}/history`, { ...query })),
  presence: (topic: string) => call<T.Presence>('GET', `/v1/topics/${enc(topic)}/presence`),

  deadLetters: (query: LetterQuery, options?: ForApp) =>
    call<T.Page<T.DeadLetter>>('GET', withQuery('/v1/dead-letters', { ...query }), options),
  replay: (ids: readonly string[], { app }: ForApp) =>
    call<T.BulkAnswer>('POST', '/v1/dead-letters/replay', { body: { ids }, ...(app !== undefined && { app }) }),
  drop: (ids: readonly string[], { app }: ForApp) =>
    call<T.BulkAnswer>('POST', '/v1/dead-letters/drop', { body: { ids }, ...(app !== undefined && { app }) }),
};
