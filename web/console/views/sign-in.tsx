import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/call.js';
import { duration } from '../lib/format.js';
import { enterWith } from '../state.js';
import { Mark } from '../ui/icons.js';
import { messageOf } from '../ui/parts.js';

/** Sign-in form. `ended`: there was a session that the server no longer knows. */
export function SignInView({ ended }: { ended: boolean }) {
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · Postrider console';
    field.current?.focus();
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const key = field.current?.value ?? '';
    if (!key) return setFault('Enter an admin key.');
    setBusy(true);
    setFault(undefined);
    try {
      await enterWith(key);
    } catch (error) {
      setFault(faultOf(error));
      setBusy(false);
      field.current?.select();
    }
  };
  return (
    <main class="alone">
      <form class="card stack sign-in" onSubmit={(event) => void submit(event)} noValidate>
        <div class="row">
          <Mark />
          <h1>Postrider console</h1>
        </div>
        {ended && (
          <p class="notice" role="status">
            Your session has ended. Sign in to go back to where you were.
          </p>
        )}
        <div class="field">
          <label for="key">Admin key</label>
          <input
            id="key"
            ref={field}
            type="password"
            autocomplete="current-password"
            aria-invalid={fault !== undefined}
            aria-describedby="key-hint key-fault"
          />
          <p id="key-hint" class="hint">
            A key from the server’s <code>ADMIN_KEYS</code>.
          </p>
          <p id="key-fault" class="fault" role="alert">
            {fault}
          </p>
        </div>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

function faultOf(error: unknown): string {
  if (!(error instanceof ApiError)) return messageOf(error);
  if (error.status === 403) return `The console is switched off: ${error.message}`;
  if (error.status === 429) {
    const wait = error.retryAfterMs === undefined ? 'in a minute' : `in ${duration(error.retryAfterMs)}`;
    return `Too many wrong keys from your address. Try again ${wait}.`;
  }
  return error.message;
}
