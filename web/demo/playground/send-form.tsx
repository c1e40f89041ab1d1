import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent } from 'preact';
import { readJson } from '../../shared/exact-json.js';
import { AnswerLine } from './answer-line';
import { type Answer, answerOf, playground } from './playground';
import { SentList } from './sent-list';

export function SendForm() {
  const kind = useSignal('user');
  /** Typed name. Until then, the connected user. */
  const name = useSignal<string | undefined>(undefined);
  const answer = useSignal<Answer | undefined>(undefined);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    void answerOf(() => send(fields)).then((told) => (answer.value = told));
  };
  return (
    <form class="card form" id="send" onSubmit={submit}>
      <h2>Send</h2>
      <div class="field">
        <label for="key">API key</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={playground.key.value}
          onInput={(event) => playground.keep('key', event.currentTarget.value)}
        />
      </div>
      <div class="halves">
        <div class="field">
          <label for="kind">To</label>
          <select
            id="kind"
            name="kind"
            value={kind.value}
            onChange={(event) => (kind.value = event.currentTarget.value)}
          >
            <option value="user">a user</option>
            <option value="topic">a topic</option>
            <option value="all">everybody</option>
          </select>
        </div>
        <div class="field">
          <label for="name">Name</label>
          <input
            id="name"
            name="name"
            autocomplete="off"
            spellcheck={false}
            value={name.value ?? playground.facts.value?.user ?? 'demo'}
            onInput={(event) => (name.value = event.currentTarget.value)}
            required
            disabled={kind.value === 'all'}
          />
        </div>
        <div class="field">
          <label for="type">Type</label>
          <input id="type" name="type" autocomplete="off" spellcheck={false} defaultValue="greeting" required />
        </div>
        <div class="field">
          <label for="ack">Acknowledged by</label>
          <select id="ack" name="ack">
            <option value="">the default</option>
            <option value="any">any session</option>
            <option value="all">all sessions</option>
            <option value="none">nobody</option>
          </select>
        </div>
      </div>
      <div class="field">
        <label for="data">
          Data <small class="muted">JSON</small>
        </label>
        <textarea id="data" name="data" rows={4} spellcheck={false} defaultValue={'{ "text": "Hello" }'} />
      </div>
      <div class="row">
        <button type="submit" class="primary">
          Send
        </button>
      </div>
      <AnswerLine id="send-answer" answer={answer.value} />
      <SentList />
    </form>
  );
}

async function send(fields: FormData): Promise<string> {
  const text = (name: string): string => String(fields.get(name) ?? '').trim();
  const [kind, ack] = [text('kind'), text('ack')];
  const to = { [kind]: kind === 'all' ? true : text('name') };
  const data = parse(text('data'));
  await playground.sendings.send({ to, type: text('type'), data, ...(ack !== '' && { ack }) });
  return 'Accepted.';
}

function parse(text: string): unknown {
  try {
    return readJson(text);
  } catch (cause) {
    throw new Error('Data is not valid JSON. Correct it and send again.', { cause });
  }
}
