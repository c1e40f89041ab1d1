const KEPT = 20;

/** Sends notifications over REST and shows how far each has come. */
export class Sender {
  #key;
  #list = document.getElementById('sent');
  #template = document.getElementById('sent-item').content.firstElementChild;
  #refreshers = new Map();

  /** @param key returns the API key to use. */
  constructor(key) {
    this.#key = key;
  }

  /** Resolves once accepted. @throws Error whose message tells what the server has against it. */
  async send(notification) {
    const { id } = await this.#call('/v1/notifications', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID?.() ?? `${Math.random()}` },
      body: JSON.stringify(notification),
    });
    await this.#show(id);
  }

  /** Asks again how far a notification has come, when it was sent from here. */
  async refresh(id) {
    await this.#refreshers.get(id)?.();
  }

  async #show(id) {
    const item = this.#template.cloneNode(true);
    item.querySelector('.id').textContent = id;
    const progress = item.querySelector('.progress');
    const refresh = async () => {
      try {
        const { state, recipients } = await this.#call(`/v1/notifications/${encodeURIComponent(id)}`);
        item.dataset.state = state;
        progress.textContent = `${state} · ${recipients.acked} of ${recipients.total} acknowledged`;
      } catch (error) {
        progress.textContent = error.message;
      }
    };
    item.querySelector('button').addEventListener('click', () => void refresh());
    this.#refreshers.set(id, refresh);
    this.#list.prepend(item);
    if (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
    await refresh();
  }

  async #call(path, init = {}) {
    const headers = { ...init.headers, Authorization: `Bearer ${this.#key()}` };
    const response = await fetch(path, { ...init, headers });
    const answer = await response.json();
    if (!response.ok) throw new Error(describe(answer, response.status));
    return answer;
  }
}

function describe({ title, detail, errors = [] }, status) {
  const fields = errors.map(({ field, message }) => `${field}: ${message}`);
  return [...new Set([title ?? `status ${status}`, detail, ...fields].filter(Boolean))].join(' – ');
}
