import type { Frame, Socket, SocketConstructor, SocketEvent, Welcome } from '@postrider/client';

type Listener = (event: SocketEvent) => void;
type Script = (frame: Frame & { data: Record<string, unknown> }, socket: ScriptedSocket) => void;

/** Both ends of one connection, in memory. */
export class ScriptedSocket implements Socket {
  protocol = '';
  /** Frames that the client sent, one by one. */
  readonly received: Frame[] = [];
  /** Messages that the client sent, as they traveled. */
  readonly messages: string[] = [];
  /** Close code, set once either side has closed the connection. */
  closedWith: number | undefined;
  /**
   * Messages that the client sent while the socket was closing; a browser complains about those.
   */
  readonly late: string[] = [];
  readyState = 0;
  private readonly listeners = new Map<string, Listener[]>();

  constructor(
    private readonly server: ScriptedServer,
    readonly url: string,
    readonly offered: string | undefined,
  ) {}

  addEventListener(event: string, listener: Listener): void {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }

  send(text: string): void {
    if (this.closedWith !== undefined) return void this.late.push(text);
    this.messages.push(text);
    const parsed = JSON.parse(text) as Frame | Frame[];
    for (const frame of [parsed].flat()) {
      this.received.push(frame);
      queueMicrotask(() => this.closedWith === undefined && this.server.take(frame, this));
    }
  }

  close(code = 1005): void {
    this.end(code);
  }

  /** Accepts the handshake, as the server. */
  open(protocol: string): void {
    if (this.closedWith !== undefined) return;
    this.protocol = protocol;
    this.readyState = 1;
    this.tell('open', { type: 'open' });
  }

  /** Sends a frame, as the server. */
  say(event: string, data?: unknown, id?: Frame['id']): void {
    this.sayText(JSON.stringify({ event, data, id }));
  }

  sayText(data: string): void {
    if (this.closedWith === undefined) this.tell('message', { type: 'message', data });
  }

  /** Ends the connection; 1006 is the code of a cut. */
  end(code = 1006, reason = '', failure?: string): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = code;
    this.readyState = 2;
    queueMicrotask(() => {
      if (failure !== undefined) this.tell('error', { type: 'error', message: failure });
      this.tell('close', { type: 'close', code, reason });
    });
  }

  /** Returns the data of every frame of an event that the client sent. */
  sent(event: string): Record<string, unknown>[] {
    return this.received.filter((frame) => frame.event === event).map(({ data }) => data as Record<string, unknown>);
  }

  private tell(event: string, detail: SocketEvent): void {
    for (const listener of this.listeners.get(event) ?? []) listener(detail);
  }
}

/**
 * Server that follows a test's script; by default it welcomes everybody and confirms everything.
 */
export class ScriptedServer {
  readonly sockets: ScriptedSocket[] = [];
  /** Class to give to the client as `WebSocket`. */
  readonly WebSocket: SocketConstructor;
  /** False if no connection can be opened. */
  up = true;
  /** Message of the platform about a failed handshake. */
  refusal: string | undefined;
  /** Answers a client that asks over HTTP why its handshake was refused. */
  why: () => Response = () => {
    throw new TypeError('Failed to fetch');
  };
  protocol = 'postrider.v1';
  welcome: Omit<Welcome, 'session' | 'resumed'> = {
    user: 'ann',
    node: 'n1',
    heartbeatMs: 30_000,
    timeoutMs: 90_000,
    sessionTtlMs: 1_800_000,
    window: 64,
    maxFrameBytes: 65_536,
  };
  /** Sessions that can be resumed. */
  readonly sessions = new Set<string>();
  /** Scripts by event, which replace the default answer to a frame. */
  readonly scripts = new Map<string, Script>();

  constructor() {
    const open = (url: string, offered?: string): ScriptedSocket => this.open(url, offered);
    this.WebSocket = function WebSocket(url: string, offered?: string) {
      return open(url, offered);
    } as unknown as SocketConstructor;
  }

  /** Newest connection. */
  get socket(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nobody has connected');
    return socket;
  }

  take(frame: Frame, socket: ScriptedSocket): void {
    const { event, id } = frame;
    const data = (frame.data ?? {}) as Record<string, unknown>;
    const script = this.scripts.get(event);
    if (script) return script({ ...frame, data }, socket);
    if (event === 'hello') this.greet(socket, data['session']);
    else if (event === 'subscribe') {
      const cursor = typeof data['offset'] === 'number' ? data['offset'] : 0;
      socket.say('subscribed', { topic: data['topic'], epoch: 'e1', offset: cursor, cursor, recovered: true }, id);
    } else if (id === undefined) return;
    else if (event === 'ack') socket.say('acked', data, id);
    else if (event === 'nack') socket.say('nacked', data, id);
    else if (event === 'unsubscribe') socket.say('unsubscribed', { ...data, reason: 'requested' }, id);
    else if (event === 'publish') socket.say('published', { id: `id-${String(data['key'])}`, offset: 1 }, id);
    else if (event === 'presence') socket.say('presence', { topic: data['topic'], users: ['ann'], sessions: [] }, id);
    else if (event === 'refresh') socket.say('refreshed', { expiresAt: new Date(Date.now() + 3_600_000) }, id);
  }

  /** Welcomes, and confirms the personal topic. */
  greet(socket: ScriptedSocket, wanted?: unknown, cursor = 0): void {
    const resumed = typeof wanted === 'string' && this.sessions.has(wanted);
    const session = resumed ? wanted : `s${this.sessions.size + 1}`;
    this.sessions.add(session);
    socket.say('welcome', { session, resumed, ...this.welcome });
    socket.say('subscribed', {
      topic: `user:${this.welcome.user}`,
      epoch: 'e1',
      offset: cursor,
      cursor,
      recovered: true,
    });
  }

  private open(url: string, offered?: string): ScriptedSocket {
    const socket = new ScriptedSocket(this, url, offered);
    this.sockets.push(socket);
    queueMicrotask(() => (this.up ? socket.open(this.protocol) : socket.end(1006, '', this.refusal)));
    return socket;
  }
}

/** Creates a notification as the server sends it. */
export const note = (offset: number, extra: object = {}): Record<string, unknown> => ({
  topic: 'user:ann',
  offset,
  epoch: 'e1',
  id: `n${offset}`,
  type: 'note',
  data: { n: offset },
  at: '2026-01-02T03:04:05.000Z',
  attempt: 1,
  ...extra,
});

/** Creates a token that looks like a JWT and expires after so many milliseconds. */
export const tokenFor = (livesMs: number, mark = ''): string => {
  const payload = btoa(JSON.stringify({ sub: 'ann', exp: (Date.now() + livesMs) / 1_000, mark }));
  return `h.${payload.replace(/=+$/, '')}.s`;
};
