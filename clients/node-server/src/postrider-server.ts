import { PostriderError } from './error.js';
import { Listing, type Page } from './listing.js';
import type { TransportOptions } from './options.js';
import { type Call, type CallOptions, Transport } from './transport.js';
import type * as types from './types.js';

/** Options of calls that send a notification. */
export interface SendOptions extends CallOptions {
  /**
   * 1 to 128 visible ASCII characters. The same key and body never create a second notification,
   * even after a restart of the caller. By default, each call gets a new key.
   */
  idempotencyKey?: string;
  /**
   * Your own reference, 1 to 128 visible ASCII characters. It appears in frames, status answers,
   * dead letters and logs.
   */
  correlationId?: string;
  /** Parent span (W3C Trace Context). */
  traceparent?: string;
  /** Vendor state that belongs to `traceparent`. */
  tracestate?: string;
}

/** Options of calls that return a list. */
export interface ListOptions extends CallOptions {
  /** Items per page, 1 to 1,000. Default 100. */
  limit?: number;
}

/**
 * Typed REST calls of a Postrider server, retried automatically. Retries are safe for every call,
 * because calls that send carry an idempotency key.
 *
 * Every method rejects with a {@link PostriderError}, with the reason of an aborted `signal`, or
 * with a `TypeError` if the call cannot be made, for example because of an empty id.
 */
export class PostriderServer {
  private readonly transport: Transport;

  /** @throws TypeError naming the option that is missing or invalid. */
  constructor(options: TransportOptions) {
    this.transport = new Transport(options);
  }

  /**
   * Sends a notification. Once this resolves, it is stored, and it ends acknowledged, expired,
   * cancelled or dead.
   */
  notify(body: types.NotificationBody, options: SendOptions = {}): Promise<types.Accepted> {
    return this.send('/v1/notifications', body, options);
  }

  /**
   * Sends up to 1,000 notifications. Each is accepted or refused individually; the results are in
   * the same order. While the server cannot store some of them, the batch is repeated under its
   * key, which does not affect accepted ones.
   */
  async notifyBatch(
    notifications: readonly types.NotificationBody[],
    options: SendOptions = {},
  ): Promise<types.BatchResult[]> {
    const { results } = await this.send<BatchAnswer>('/v1/notifications/batch', { notifications }, options, unstored);
    return results;
  }

  /** Gets the status of a notification. */
  status(id: string, options: CallOptions = {}): Promise<types.NotificationStatus> {
    return this.get(path`/v1/notifications/${id}`, options);
  }

  /** Previews the recipients of a notification without storing it. */
  dryRun(body: types.NotificationBody, { signal }: CallOptions = {}): Promise<types.DryRun> {
    return this.transport.call({ method: 'POST', path: '/v1/notifications/dry-run', body, signal });
  }

  /** Lists the events of a notification, oldest first. */
  timeline(id: string, options: CallOptions = {}): Promise<Page<types.TimelineEvent>> {
    return this.get(path`/v1/notifications/${id}/timeline`, options);
  }

  /** Lists the receipts of a notification by session. */
  receipts(
    id: string,
    options: ListOptions & { state?: 'acked' | 'pending' | 'refused' } = {},
  ): Listing<types.Receipt> {
    return this.list(path`/v1/notifications/${id}/receipts`, options);
  }

  /**
   * Cancels the unacknowledged deliveries of a notification. Refused with `too_late` if nothing is
   * left to cancel. After more than one try (`error.tries`), the first one may have cancelled it;
   * `status` shows that.
   */
  cancel(id: string, options: CallOptions = {}): Promise<types.Cancelled> {
    return this.transport.call({ ...options, method: 'DELETE', path: path`/v1/notifications/${id}` });
  }

  /** Gets the head, epoch and subscribers of a topic. */
  topic(topic: string, options: CallOptions = {}): Promise<types.Topic> {
    return this.get(path`/v1/topics/${topic}`, options);
  }

  /** Lists the entries that a topic still holds, oldest first, from an offset on. */
  history(topic: string, options: ListOptions & { from?: number } = {}): Listing<types.HistoryEntry> {
    return this.list(path`/v1/topics/${topic}/history`, options);
  }

  /** Returns the users and sessions that are connected to a topic. */
  presence(topic: string, options: CallOptions = {}): Promise<types.Presence> {
    return this.get(path`/v1/topics/${topic}/presence`, options);
  }

  /** Lists the sessions of a user, connected or waiting to be resumed. */
  sessions(user: string, options: ListOptions = {}): Listing<types.Session> {
    return this.list(path`/v1/users/${user}/sessions`, options);
  }

  /** Lists the unacknowledged notifications of a user, oldest first. */
  unacked(user: string, options: ListOptions = {}): Listing<types.Unacked> {
    return this.list(path`/v1/users/${user}/unacked`, options);
  }

  /** Ends a session for good and closes its socket. It is no error if an earlier try ended it. */
  async endSession(id: string, options: CallOptions = {}): Promise<void> {
    await this.remove(path`/v1/sessions/${id}`, 'session_not_found', options);
  }

  /** Lists dead letters, newest first. */
  deadLetters(
    options: ListOptions & { topic?: string; type?: string; reason?: string } = {},
  ): Listing<types.DeadLetter, types.DeadLetterPage> {
    return this.list('/v1/dead-letters', options);
  }

  /** Replays a dead letter as a new notification. Repeating it creates no second one. */
  replay(id: string, options: CallOptions = {}): Promise<types.Replayed> {
    return this.transport.call({ ...options, method: 'POST', path: path`/v1/dead-letters/${id}/replay` });
  }

  /**
   * Replays up to 100 dead letters individually; the results are in the same order. Retried like a
   * batch. Repeating it creates no more notifications.
   */
  async replayMany(ids: readonly string[], { signal }: CallOptions = {}): Promise<types.ReplayResult[]> {
    const call: Call = { method: 'POST', path: '/v1/dead-letters/replay', body: { ids }, signal, unfinished: unstored };
    return (await this.transport.call<{ results: types.ReplayResult[] }>(call)).results;
  }

  /**
   * Drops up to 100 dead letters individually; the results are in the same order. A letter that an
   * earlier try dropped has the status `404`.
   */
  async dropMany(ids: readonly string[], { signal }: CallOptions = {}): Promise<types.DropResult[]> {
    const call: Call = { method: 'POST', path: '/v1/dead-letters/drop', body: { ids }, signal };
    return (await this.transport.call<{ results: types.DropResult[] }>(call)).results;
  }

  /** Drops a dead letter. */
  async drop(id: string, options: CallOptions = {}): Promise<void> {
    await this.remove(path`/v1/dead-letters/${id}`, 'dead_letter_not_found', options);
  }

  /**
   * Revokes the tokens of a user issued so far, or a single token; their sockets are closed. If it
   * is repeated, the later times win.
   */
  revoke(body: types.RevocationBody, { signal }: CallOptions = {}): Promise<types.Revocation> {
    return this.transport.call({ method: 'POST', path: '/v1/revocations', body, signal });
  }

  /** Lists revocations. */
  revocations(options: ListOptions = {}): Listing<types.Revocation> {
    return this.list('/v1/revocations', options);
  }

  /** Lifts a revocation. */
  async liftRevocation(id: string, options: CallOptions = {}): Promise<void> {
    await this.remove(path`/v1/revocations/${id}`, 'revocation_not_found', options);
  }

  /** Gets the books, which count every delivery of the app. */
  books(options: CallOptions = {}): Promise<types.Books> {
    return this.get('/v1/books', options);
  }

  private get<T>(path: string, { signal }: CallOptions): Promise<T> {
    return this.transport.call({ method: 'GET', path, signal });
  }

  private list<T, P extends Page<T> = Page<T>>(path: string, { signal, ...query }: CallOptions & Query): Listing<T, P> {
    return new Listing((cursor) => this.transport.call({ method: 'GET', path, query: { ...query, cursor }, signal }));
  }

  private send<T>(
    path: string,
    body: unknown,
    { idempotencyKey = crypto.randomUUID(), correlationId, traceparent, tracestate, signal }: SendOptions,
    unfinished?: Call['unfinished'],
  ): Promise<T> {
    return this.transport.call({
      method: 'POST',
      path,
      body,
      headers: { 'idempotency-key': idempotencyKey, 'x-correlation-id': correlationId, traceparent, tracestate },
      signal,
      ...(unfinished && { unfinished }),
    });
  }

  /**
   * Removes an object. If a later try does not find it, an earlier one removed it and its answer
   * was lost.
   */
  private async remove(path: string, gone: string, { signal }: CallOptions): Promise<void> {
    try {
      await this.transport.call({ method: 'DELETE', path, signal });
    } catch (error) {
      if (!(error instanceof PostriderError && error.code === gone && error.tries > 1)) throw error;
    }
  }
}

type Query = { [name in 'limit' | 'from' | 'state' | 'topic' | 'reason' | 'type']?: string | number };

interface BatchAnswer {
  results: types.BatchResult[];
}

/** Finds the first item that the server could not store at the moment. */
function unstored(answer: unknown): PostriderError | undefined {
  const { results } = answer as { results: (types.BatchResult | types.ReplayResult)[] };
  const refused = results.find(({ status }) => status === 503);
  if (!refused || !('problem' in refused)) return undefined;
  const { status, code, detail, retryable } = refused.problem;
  return retryable ? new PostriderError(code, detail, { status, retryable, retryAfterMs: 1_000 }) : undefined;
}

/** @throws TypeError if a part would change the meaning of the path. */
function path(texts: TemplateStringsArray, ...parts: string[]): string {
  const part = parts.find((part) => /^\.{0,2}$/.test(part));
  if (part !== undefined) throw new TypeError(`"${part}" cannot be part of an address`);
  return String.raw({ raw: texts }, ...parts.map(encodeURIComponent));
}
