import { z } from 'zod';
import { ERRORS } from '../contract/postrider-error.js';
import { CLIENT_DATA, type ClientEvent } from '../contract/client-frames.js';
import { SERVER_DATA, type ServerEvent } from '../contract/server-frames.js';
import { CLOSE_CODES } from '../contract/close-codes.js';
import { CLIENT_MESSAGES, type MessageText, type RequestText, SERVER_MESSAGES } from './socket-messages.js';

type Json = Record<string, unknown>;

export interface SocketMessage {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly payload: Json;
  readonly examples: readonly { readonly payload: Json }[];
}

export interface SocketOperation {
  readonly action: 'send' | 'receive';
  readonly title: string;
  readonly summary: string;
  readonly channel: Json;
  readonly messages: readonly { readonly $ref: string }[];
  readonly reply?: { readonly channel: Json; readonly messages: readonly { readonly $ref: string }[] };
}

export type AsyncApiDocument = ReturnType<typeof asyncApiOf>;

const CHANNEL_REF = { $ref: '#/channels/socket' };

/** Client messages get a prefix, because some events go both ways. */
const ofClient = (event: string): string => `client.${event}`;
const ofServer = (event: string): string => `server.${event}`;

/**
 * Builds the AsyncAPI 3.0 document of the sockets from the schemas of their frames.
 * @param path path of the WebSocket endpoint.
 */
export function asyncApiOf(path: string) {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Postrider sockets',
      version: '1',
      description:
        'Durable notifications, pushed over WebSockets and acknowledged. A text frame holds one JSON object or an array of ' +
        'them. An answer repeats the `id` of its request, and the requests of one socket are answered in order. ' +
        'Both sides ignore unknown fields and events.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      plain: server('ws', 'For development, and behind a proxy that terminates TLS'),
      tls: server('wss', 'With TLS'),
    },
    channels: { socket: channelOf(path) },
    operations: { ...receiveOperations(), ...sendOperations() },
    components: {
      messages: {
        ...messagesOf(CLIENT_MESSAGES, CLIENT_DATA, ofClient),
        ...messagesOf(SERVER_MESSAGES, SERVER_DATA, ofServer),
      },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'JWT with `sub` (the user) and `exp`; `app`, `topics` and `publish` are optional. Send it in `Authorization`, as a second ' +
            'subprotocol `bearer.<jwt>`, or as `token` of `hello`; in the query only with `WS_QUERY_TOKEN=true`.',
        },
      },
    },
  };
}

const server = (protocol: 'ws' | 'wss', description: string) => ({
  host: '{host}',
  protocol,
  protocolVersion: '13',
  description,
  variables: { host: { default: 'localhost:3000', description: 'Host name and port of the server' } },
  security: [{ $ref: '#/components/securitySchemes/token' }],
});

function channelOf(address: string) {
  const names = [...Object.keys(CLIENT_MESSAGES).map(ofClient), ...Object.keys(SERVER_MESSAGES).map(ofServer)];
  return {
    address,
    title: 'Socket',
    description:
      'One socket carries one session. Refusals before the upgrade are problem documents (RFC 9457): 401 missing or invalid token, 403 forbidden ' +
      '`Origin`, 404 wrong path, 429 too many sockets, 503 the node is shutting down.',
    messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: {
      ws: {
        bindingVersion: '0.1.0',
        method: 'GET',
        query: {
          type: 'object',
          properties: {
            session: { type: 'string', description: 'Session to resume, if the handshake has the token' },
            token: {
              type: 'string',
              description: 'Token; only with `WS_QUERY_TOKEN=true`, because it ends up in logs',
            },
          },
        },
        headers: {
          type: 'object',
          properties: {
            Authorization: { type: 'string', description: '`Bearer` and a JWT' },
            'Sec-WebSocket-Protocol': {
              type: 'string',
              description: '`postrider.v1`, and `bearer.<jwt>` from browsers; the answer is always `postrider.v1`',
            },
            Origin: { type: 'string', description: 'The host of the request, or one of `WS_ORIGINS`' },
          },
        },
      },
    },
    'x-close-codes': Object.entries(CLOSE_CODES).map(([code, close]) => ({ code: Number(code), ...close })),
    'x-error-codes': Object.entries(ERRORS).map(([code, { title, retryable }]) => ({ code, title, retryable })),
  };
}

const inChannel = (name: string) => ({ $ref: `${CHANNEL_REF.$ref}/messages/${name}` });

function receiveOperations(): Record<string, SocketOperation> {
  return Object.fromEntries(
    Object.entries(CLIENT_MESSAGES).map(([event, text]: [string, RequestText]) => {
      const { summary, answer, answered } = text;
      const operation: SocketOperation = {
        action: 'receive',
        title: event,
        summary: answered ? `${summary} Answered ${answered}.` : summary,
        channel: CHANNEL_REF,
        messages: [inChannel(ofClient(event))],
        ...(answer && {
          reply: { channel: CHANNEL_REF, messages: [inChannel(ofServer(answer)), inChannel(ofServer('error'))] },
        }),
      };
      return [ofClient(event), operation];
    }),
  );
}

/** Operations for frames that the server sends without a request. */
function sendOperations(): Record<string, SocketOperation> {
  const answers = new Set<string>(Object.values(CLIENT_MESSAGES).flatMap(({ answer }) => answer ?? []));
  // These answers also come without a request.
  for (const event of ['welcome', 'subscribed', 'unsubscribed']) answers.delete(event);
  const own = Object.entries(SERVER_MESSAGES).filter(([event]) => !answers.has(event));
  return Object.fromEntries(
    own.map(([event, { summary }]) => {
      const operation: SocketOperation = {
        action: 'send',
        title: event,
        summary,
        channel: CHANNEL_REF,
        messages: [inChannel(ofServer(event))],
      };
      return [ofServer(event), operation];
    }),
  );
}

function messagesOf(
  texts: Readonly<Record<string, MessageText>>,
  schemas: Readonly<Partial<Record<ClientEvent | ServerEvent, z.ZodType | undefined>>>,
  nameOf: (event: string) => string,
): Record<string, SocketMessage> {
  const entries = Object.entries(texts).map(([event, { summary, example }]): [string, SocketMessage] => {
    const data = schemas[event as ClientEvent | ServerEvent];
    const payload = {
      type: 'object',
      required: ['event', ...(data ? ['data'] : [])],
      properties: {
        event: { const: event },
        ...(data && { data: jsonSchema(data) }),
        id: { type: ['string', 'number'] },
      },
    };
    return [
      nameOf(event),
      { name: nameOf(event), title: event, summary, payload, examples: [{ payload: { event, ...example } }] },
    ];
  });
  return Object.fromEntries(entries);
}

/**
 * Uses the input schema even for server frames: frames may gain fields, so the schema must allow
 * unknown ones.
 */
function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  return rest;
}
