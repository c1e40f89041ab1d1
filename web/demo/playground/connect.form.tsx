import { playground } from './playground';

export function ConnectForm() {
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
    </form>
  );
}
