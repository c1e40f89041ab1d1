import type { ClientEvent } from '../contract/client-frames.js';
import type { ServerEvent } from '../contract/server-frames.js';

/** Texts and examples of a frame that its schema does not hold. */
export interface MessageText {
  readonly summary: string;
  /** Example as it goes over the wire. */
  readonly example: { readonly data?: unknown; readonly id?: string | number };
}

export interface RequestText extends MessageText {
  /** Frame that answers it; `error` may come instead. */
  readonly answer?: ServerEvent;
  readonly answered?: 'if it has an id';
}

const TOPIC = 'user:alice';
const EPOCH = '85s3xi2k';
const ID = 'smmh2k0p1q7f3x9b2de0a';
const AT = '2026-03-01T12:00:00.000Z';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmVk';

export const CLIENT_MESSAGES: Readonly<Record<ClientEvent, RequestText>> = {
  hello: {
    summary: 'Opens or resumes a session. Required within 5 s if the handshake had no token.',
    example: { data: { token: TOKEN, session: '8vl1k3v9q2', window: 64 }, id: 1 },
    answer: 'welcome',
  },
  subscribe: {
    summary: 'Subscribes to a topic; with a position, replays its history from there.',
    example: { data: { topic: 'orders.eu', rewind: 10 }, id: 2 },
    answer: 'subscribed',
  },
  unsubscribe: {
    summary: 'Unsubscribes from a topic.',
    example: { data: { topic: 'orders.eu' }, id: 3 },
    answer: 'unsubscribed',
  },
  ack: {
    summary: 'The application has handled these notifications; they will not be sent again.',
    example: { data: { topic: TOPIC, offset: 42 }, id: 4 },
    answer: 'acked',
    answered: 'if it has an id',
  },
  nack: {
    summary: 'The application could not handle the notification: send it again later, or never.',
    example: { data: { topic: TOPIC, offset: 42, delayMs: 5_000, reason: 'printer is out of paper' }, id: 5 },
    answer: 'nacked',
    answered: 'if it has an id',
  },
  publish: {
    summary: 'Publishes to a topic that the token allows.',
    example: { data: { topic: 'public.chat', type: 'said', data: { text: 'Hello' }, key: 'said-1' }, id: 6 },
    answer: 'published',
  },
  presence: {
    summary: 'Asks who is connected to a topic.',
    example: { data: { topic: 'orders.eu' }, id: 7 },
    answer: 'presence',
  },
  refresh: {
    summary: 'Presents a new token of the same user before the old one expires.',
    example: { data: { token: TOKEN }, id: 8 },
    answer: 'refreshed',
  },
  ping: { summary: 'Checks that the server is alive.', example: { id: 9 }, answer: 'pong' },
  pong: { summary: 'Answers a ping of the server.', example: {} },
};

export const SERVER_MESSAGES: Readonly<Record<ServerEvent, MessageText>> = {
  welcome: {
    summary: 'The session is open. `subscribed` frames of its topics follow.',
    example: {
      data: {
        session: '8vl1k3v9q2',
        user: 'alice',
        node: 'node-1',
        resumed: false,
        heartbeatMs: 30_000,
        timeoutMs: 90_000,
        sessionTtlMs: 1_800_000,
        window: 64,
        maxFrameBytes: 65_536,
        serverTimeMs: 1_772_366_400_000,
        expiresAt: '2026-03-01T13:00:00.000Z',
      },
      id: 1,
    },
  },
  subscribed: {
    summary: 'The session is subscribed to the topic; everything after `cursor` is sent.',
    example: { data: { topic: TOPIC, epoch: EPOCH, offset: 42, cursor: 41, recovered: true } },
  },
  unsubscribed: {
    summary: 'The session is no longer subscribed to the topic: it unsubscribed, or a new token does not allow it.',
    example: { data: { topic: 'orders.eu', reason: 'requested' }, id: 3 },
  },
  notification: {
    summary:
      'A notification, sent at least once until it is acknowledged; first deliveries arrive in order of their offsets.',
    example: {
      data: {
        topic: TOPIC,
        offset: 42,
        epoch: EPOCH,
        id: ID,
        type: 'order.shipped',
        data: { order: 4_711 },
        at: AT,
        attempt: 1,
      },
    },
  },
  gap: {
    summary:
      'Offsets that will never come, and the reason. `reset`: the topic has a new epoch; forget the old offsets.',
    example: { data: { topic: TOPIC, from: 40, to: 41, reason: 'expired' } },
  },
  acked: { summary: 'The ack is stored.', example: { data: { topic: TOPIC, offset: 42 }, id: 4 } },
  nacked: { summary: 'The nack is stored.', example: { data: { topic: TOPIC, offset: 42 }, id: 5 } },
  published: {
    summary: 'The notification is stored.',
    example: { data: { id: ID, topic: 'public.chat', offset: 7 }, id: 6 },
  },
  presence: {
    summary: 'Lists who is connected; may be stale by a lease and a sweep after a node was killed.',
    example: { data: { topic: 'orders.eu', users: ['alice'], sessions: ['8vl1k3v9q2'] }, id: 7 },
  },
  refreshed: { summary: 'The new token is in effect.', example: { data: { expiresAt: AT }, id: 8 } },
  ping: { summary: 'Checks that the client is alive: answer with `pong`; any other frame counts too.', example: {} },
  pong: { summary: 'Answers a ping of the client.', example: { id: 9 } },
  goodbye: {
    summary: 'The server is about to close the socket.',
    example: { data: { code: 1012, reason: 'restart', reconnect: true, retryAfterMs: 1_200 } },
  },
  error: {
    summary: 'A request was refused, or a frame could not be read.',
    example: {
      data: {
        code: 'forbidden',
        message: 'The token does not allow subscribing to this topic.',
        retryable: false,
        field: 'topic',
        id: 2,
      },
      id: 2,
    },
  },
};
