import { useSignal } from '@preact/signals';
import { AnswerLine } from './answer-line';
import { type Answer, answerOf, playground } from './playground';

async function guest(): Promise<string> {
  await playground.beGuest();
  return 'You are a guest of the demo. Send something to yourself.';
}

export function ConnectForm() {
  const answer = useSignal<Answer | undefined>(undefined);
  return (
    <form
      class="card form"
      id="connect"
      onSubmit={(event) => {
        event.preventDefault();
        playground.connect();
      }}
    >
      <h2>Connection</h2>
      <div class="field">
        <label for="token">
          Token <small class="muted">JWT, its subject is the user</small>
        </label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={playground.token.value}
          onInput={(event) => playground.keep('token', event.currentTarget.value)}
        />
      </div>
      <div class="row">
        <button type="submit" class="primary">
          Connect
        </button>
        <button
          type="button"
          id="disconnect"
          disabled={playground.state.value === 'closed'}
          onClick={() => playground.disconnect()}
        >
          Disconnect
        </button>
      </div>
      {playground.token.value === '' && (
        <p class="muted">
          No token at hand?{' '}
          <button
            type="button"
            class="small"
            onClick={() => void answerOf(guest).then((told) => (answer.value = told))}
          >
            Be a guest
          </button>
        </p>
      )}
      <AnswerLine id="connect-answer" answer={answer.value} />
    </form>
  );
}
