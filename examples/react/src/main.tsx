import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Inbox } from './inbox';
import './style.css';

// A real application asks its backend, which signs a token for the signed-in user
// (docs/protocol.md). Here, server and token come with the link:
// http://localhost:5173/#token=…&server=http://localhost:3000
const link = new URLSearchParams(location.hash.slice(1));
const url = link.get('server') ?? 'http://localhost:3000';
const token = (): string => link.get('token') ?? '';

function App() {
  const [shown, setShown] = useState(true);
  return (
    <main>
      <button type="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
        {shown ? 'Hide' : 'Show'} notifications
      </button>
      {shown && <Inbox url={url} token={token} topics={['public.news']} />}
    </main>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
