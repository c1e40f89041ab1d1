import { Arrivals } from './arrivals.js';
import { PostriderClient } from './client.js';
import { Sender } from './sender.js';

const byId = (id) => document.getElementById(id);
const [token, key, autoAck] = ['token', 'key', 'auto-ack'].map(byId);

let client;
const topics = new Set();
const sender = new Sender(() => key.value.trim());
const arrivals = new Arrivals({
  ack: (topic, offset) => client.ack(topic, offset),
  nack: (topic, offset) => client.nack(topic, offset),
  acked: (id) => void sender.refresh(id),
});

/** Token and key come in the fragment, which no server sees; they stay in this tab and leave the address bar. */
function takeFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  for (const field of [token, key]) {
    const given = fragment.get(field.id);
    if (given) sessionStorage.setItem(`postrider.${field.id}`, given);
    field.value = sessionStorage.getItem(`postrider.${field.id}`) ?? '';
  }
  if (location.hash) history.replaceState(null, '', location.pathname);
}

/** The user a token names, without checking it: only the server can. */
function userOf(jwt) {
  try {
    const payload = jwt.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(atob(payload)).sub ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function connect() {
  client?.close();
  const jwt = token.value.trim();
  sessionStorage.setItem('postrider.token', jwt);
  const place = `postrider.session.${userOf(jwt)}`;
  const url = new URL('/ws', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  topics.clear();
  client = new PostriderClient({
    url,
    token: jwt,
    sessions: {
      read: () => sessionStorage.getItem(place),
      write: (session) => sessionStorage.setItem(place, session),
    },
  });
  client.addEventListener('state', ({ detail }) => showState(detail));
  client.addEventListener('welcome', ({ detail }) => showFacts(detail));
  client.addEventListener('notification', ({ detail }) => arrivals.show(detail));
  client.addEventListener('gap', ({ detail }) => arrivals.gap(detail));
  client.addEventListener('subscribed', ({ detail }) => showTopics(topics.add(detail.topic)));
  client.addEventListener('unsubscribed', ({ detail }) => topics.delete(detail.topic) && showTopics(topics));
  client.connect();
}

function showState({ state, reason }) {
  const pill = byId('state');
  pill.dataset.state = state;
  pill.textContent = state;
  const notice = byId('notice');
  notice.hidden = reason === '' || state === 'open';
  notice.textContent = reason;
  byId('disconnect').disabled = state === 'closed';
}

function showFacts({ user, session, node, resumed }) {
  byId('user').textContent = user;
  byId('session').textContent = resumed ? `${session} (resumed)` : session;
  byId('session').dataset.resumed = resumed;
  byId('node').textContent = node;
}

function showTopics(names) {
  const chips = [...names].map((name) => {
    const chip = document.createElement('li');
    chip.textContent = name;
    return chip;
  });
  byId('topics').replaceChildren(...chips);
}

/** Runs a form's work and says below it how that went. */
function onSubmit(form, answer, work) {
  byId(form).addEventListener('submit', async (event) => {
    event.preventDefault();
    const place = byId(answer);
    try {
      place.textContent = await work();
      place.dataset.failed = false;
    } catch (error) {
      place.textContent = error.message;
      place.dataset.failed = true;
    }
  });
}

function target() {
  const kind = byId('kind').value;
  return { [kind]: kind === 'all' ? true : byId('name').value.trim() };
}

function parseData(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('Data is not valid JSON.');
  }
}

byId('connect').addEventListener('submit', (event) => {
  event.preventDefault();
  connect();
});
byId('disconnect').addEventListener('click', () => client?.close());
byId('clear').addEventListener('click', () => arrivals.clear());
byId('kind').addEventListener('change', () => (byId('name').disabled = byId('kind').value === 'all'));
key.addEventListener('change', () => sessionStorage.setItem('postrider.key', key.value.trim()));
autoAck.addEventListener('change', () => (arrivals.autoAck = autoAck.checked));
onSubmit('subscribe', 'subscribe-answer', async () => {
  if (client === undefined) throw new Error('not connected');
  const { topic, offset } = await client.subscribe(byId('topic').value.trim());
  return `Subscribed to ${topic}, which is at offset ${offset}.`;
});
onSubmit('send', 'send-answer', async () => {
  const ack = byId('ack').value;
  const data = parseData(byId('data').value);
  await sender.send({ to: target(), type: byId('type').value.trim(), data, ...(ack && { ack }) });
  return 'Accepted.';
});
addEventListener('hashchange', () => {
  if (!location.hash) return;
  takeFragment();
  connect();
});

takeFragment();
arrivals.autoAck = autoAck.checked;
if (token.value) connect();
