const KEPT = 500;

/** The list of arrivals, newest first. A redelivery changes the row of its first delivery. */
export class Arrivals {
  #list;
  #template;
  #count;
  #empty;
  #rows = new Map();
  #actions;
  autoAck = false;

  /** @param actions `{ack(topic, offset), nack(topic, offset), acked(id)}`; the first two return promises. */
  constructor(actions) {
    this.#actions = actions;
    this.#list = document.getElementById('list');
    this.#template = document.getElementById('arrival').content.firstElementChild;
    this.#count = document.getElementById('count');
    this.#empty = document.getElementById('empty');
  }

  show(notification) {
    const key = `${notification.topic} ${notification.epoch} ${notification.offset}`;
    const row = this.#rows.get(key) ?? this.#add(key, notification);
    row.querySelector('.attempt').textContent = `attempt ${notification.attempt}`;
    this.#mark(row, 'waiting', 'not acknowledged');
    if (this.autoAck) void this.#accept(row, notification);
  }

  gap({ topic, from, to, reason }) {
    for (const row of this.#rows.values()) {
      const offset = Number(row.dataset.offset);
      if (row.dataset.topic === topic && offset >= from && offset <= to) this.#mark(row, 'gone', reason);
    }
  }

  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#counted();
  }

  #add(key, notification) {
    const row = this.#template.cloneNode(true);
    const { topic, offset, id, type, data, at, expiresAt } = notification;
    Object.assign(row.dataset, { topic, offset, id });
    row.querySelector('.type').textContent = type;
    row.querySelector('.topic').textContent = topic;
    row.querySelector('.offset').textContent = `offset ${offset}`;
    row.querySelector('.data').textContent = JSON.stringify(data, null, 2);
    const time = row.querySelector('time');
    time.dateTime = at;
    time.title = expiresAt ? `${at}, expires ${expiresAt}` : at;
    time.textContent = new Date(at).toLocaleTimeString([], { hour12: false });
    row.querySelector('.accept').addEventListener('click', () => void this.#accept(row, notification));
    row.querySelector('.refuse').addEventListener('click', () => void this.#refuse(row, notification));
    this.#rows.set(key, row);
    this.#list.prepend(row);
    if (this.#rows.size > KEPT) {
      const [oldest] = this.#rows.keys();
      this.#rows.get(oldest).remove();
      this.#rows.delete(oldest);
    }
    this.#counted();
    return row;
  }

  async #accept(row, { topic, offset, id }) {
    this.#mark(row, 'busy', 'acknowledging …');
    try {
      await this.#actions.ack(topic, offset);
      this.#mark(row, 'acked', 'acknowledged');
      this.#actions.acked(id);
    } catch (error) {
      this.#mark(row, 'waiting', error.message);
    }
  }

  async #refuse(row, { topic, offset }) {
    this.#mark(row, 'busy', 'sending back …');
    try {
      await this.#actions.nack(topic, offset);
      // The redelivery may be quicker than the answer.
      if (row.dataset.mark === 'busy') this.#mark(row, 'waiting', 'sent back, comes again');
    } catch (error) {
      this.#mark(row, 'waiting', error.message);
    }
  }

  #mark(row, mark, text) {
    row.dataset.mark = mark;
    row.querySelector('.mark').textContent = text;
    for (const button of row.querySelectorAll('button')) button.disabled = mark === 'busy';
    row.querySelector('.actions').hidden = mark === 'acked' || mark === 'gone';
  }

  #counted() {
    this.#count.textContent = this.#rows.size;
    this.#empty.hidden = this.#rows.size > 0;
  }
}
