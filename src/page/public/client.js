const BASE_MS = 500;
const CAP_MS = 30_000;
const TRIES = 8;
const REQUEST_MS = 15_000;
const NEEDS_NEW_TOKEN = 4401;
const TAKEN_OVER = 4409;
const FIRST_FINAL = 4500;

/**
 * A socket that comes back. Events: `state` {state, reason}, `welcome`, `notification`, `gap`, `subscribed`,
 * `unsubscribed`, each with the data of its frame as `detail`.
 * States: connecting → open → (waiting → connecting)* → closed.
 */
export class PostriderClient extends EventTarget {
  #url;
  #token;
  #sessions;
  #socket;
  #state = 'closed';
  #tries = 0;
  #timer;
  #watchdog;
  #timeoutMs = 90_000;
  #goodbye;
  #nextId = 1;
  #pending = new Map();
  #wanted = new Set();

  /** @param sessions `{read(), write(id)}`: where the session to resume is kept. */
  constructor({ url, token, sessions }) {
    super();
    this.#url = url;
    this.#token = token;
    this.#sessions = sessions;
  }

  get state() {
    return this.#state;
  }

  connect() {
    clearTimeout(this.#timer);
    this.#goodbye = undefined;
    this.#change('connecting');
    const url = new URL(this.#url);
    const session = this.#sessions.read();
    if (session) url.searchParams.set('session', session);
    const socket = new WebSocket(url, ['postrider.v1', `bearer.${this.#token}`]);
    this.#socket = socket;
    this.#life();
    socket.addEventListener('message', ({ data }) => this.#socket === socket && this.#receive(data));
    socket.addEventListener('close', ({ code, reason }) => this.#socket === socket && this.#closed(code, reason));
  }

  close(reason = 'disconnected') {
    clearTimeout(this.#timer);
    this.#drop();
    this.#change('closed', reason);
  }

  async subscribe(topic) {
    const subscribed = await this.#request('subscribe', { topic });
    this.#wanted.add(topic);
    return subscribed;
  }

  /** Resolves once the server has stored it. */
  ack(topic, offset) {
    return this.#request('ack', { topic, offsets: [offset] });
  }

  nack(topic, offset) {
    return this.#request('nack', { topic, offset });
  }

  #request(event, data) {
    if (this.#state !== 'open') return Promise.reject(new Error('not connected'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id, 'error', { message: 'no answer' }), REQUEST_MS);
      this.#pending.set(id, { resolve, reject, timer });
      this.#send({ event, data, id });
    });
  }

  #settle(id, event, data) {
    const request = this.#pending.get(id);
    if (request === undefined) return;
    this.#pending.delete(id);
    clearTimeout(request.timer);
    if (event === 'error') request.reject(new Error(data.message));
    else request.resolve(data);
  }

  #receive(text) {
    this.#life();
    const frames = JSON.parse(text);
    for (const { event, data = {}, id } of Array.isArray(frames) ? frames : [frames]) {
      if (event === 'ping') this.#send({ event: 'pong' });
      else if (event === 'welcome') this.#welcome(data);
      else if (event === 'goodbye') this.#goodbye = data;
      if (event !== 'error') this.dispatchEvent(new CustomEvent(event, { detail: data }));
      if (id !== undefined) this.#settle(id, event, data);
    }
  }

  #welcome({ session, resumed, timeoutMs }) {
    this.#tries = 0;
    this.#timeoutMs = timeoutMs ?? this.#timeoutMs;
    this.#sessions.write(session);
    this.#change('open');
    if (resumed) return;
    for (const topic of this.#wanted) this.#request('subscribe', { topic }).catch(() => this.#wanted.delete(topic));
  }

  #closed(code, reason) {
    const opened = this.#state === 'open';
    this.#drop();
    if (code === NEEDS_NEW_TOKEN) return this.#change('closed', 'the token is missing or has expired');
    if (code === TAKEN_OVER) return this.#change('closed', 'the session goes on in another tab');
    if (code >= FIRST_FINAL || this.#goodbye?.reconnect === false)
      return this.#change('closed', reason || `code ${code}`);
    if (this.#tries === TRIES) {
      return this.#change(
        'closed',
        opened ? 'the server is away' : 'the server does not accept the connection or the token',
      );
    }
    const backoffMs = Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** this.#tries);
    const waitMs = this.#goodbye?.retryAfterMs ?? backoffMs;
    this.#tries += 1;
    this.#timer = setTimeout(() => this.connect(), waitMs);
    this.#change('waiting', `again in ${(waitMs / 1000).toFixed(1)} s`);
  }

  /** Any frame is a sign of life; without one for `timeoutMs` the connection is given up. */
  #life() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#closed(0, 'no sign of life'), this.#timeoutMs);
  }

  #drop() {
    clearTimeout(this.#watchdog);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    for (const id of this.#pending.keys()) this.#settle(id, 'error', { message: 'the connection was lost' });
  }

  #send(frame) {
    this.#socket?.send(JSON.stringify(frame));
  }

  #change(state, reason = '') {
    this.#state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, reason } }));
  }
}
