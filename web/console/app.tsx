import { useEffect } from 'preact/hooks';
import { Shell } from './shell.js';
import { restoreSession, signIn } from './state.js';
import { Dialogs } from './ui/dialog.js';
import { ErrorBox, Loading } from './ui/parts.js';
import { SignInView } from './views/sign-in.js';

export function App() {
  const state = signIn.value;
  return (
    <>
      {state.phase === 'in' && <Shell session={state.session} />}
      {state.phase === 'out' && <SignInView ended={state.ended} />}
      {state.phase === 'failed' && (
        <main class="alone">
          <Title text="Not connected" />
          <ErrorBox error={state.error} retry={() => void restoreSession()} />
        </main>
      )}
      {state.phase === 'loading' && (
        <main class="alone">
          <Loading what="Checking your session" />
        </main>
      )}
      <Dialogs />
    </>
  );
}

function Title({ text }: { text: string }) {
  useEffect(() => {
    document.title = `${text} · Postrider console`;
  }, [text]);
  return <h1>{text}</h1>;
}
