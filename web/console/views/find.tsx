import { useEffect, useRef } from 'preact/hooks';
import { SEARCH_ID } from '../keys.js';
import { hrefOf } from '../lib/route.js';
import { goTo, route } from '../state.js';
import { Empty } from '../ui/parts.js';
import { Matches } from './find-matches.js';
import { NotificationPage } from './notification.js';
import { TopicPage } from './topic.js';
import { UserPage } from './user.js';

/** Search for a notification, a user or a topic, with the matches below. */
export function FindView() {
  const { parts, query } = route.value;
  const [kind, name] = parts;
  return (
    <div class="stack">
      <div class="head">
        <h1>Find</h1>
        <p class="muted">A notification by its id, a user, or a topic.</p>
      </div>
      <Search text={name ?? query['q'] ?? ''} />
      {kind === 'notification' && name ? (
        <NotificationPage key={name} id={name} />
      ) : kind === 'user' && name ? (
        <UserPage key={name} user={name} />
      ) : kind === 'topic' && name ? (
        <TopicPage key={name} topic={name} />
      ) : query['q'] ? (
        <Matches key={query['q']} text={query['q']} />
      ) : (
        <div class="card">
          <Empty title="What are you looking for?">
            Paste the id that <code>POST /v1/notifications</code> answered, the id of a user as in their token, or the
            name of a topic. <kbd>/</kbd> brings you here from anywhere.
          </Empty>
        </div>
      )}
    </div>
  );
}

function Search({ text }: { text: string }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!field.current) return;
    field.current.value = text;
    field.current.select();
  }, [text]);
  useEffect(() => field.current?.focus(), []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const wanted = field.current?.value.trim() ?? '';
    field.current?.select();
    if (wanted) goTo(hrefOf('find', [], { q: wanted }));
  };
  return (
    <form role="search" class="search" onSubmit={submit}>
      <label class="visually-hidden" for={SEARCH_ID}>
        Notification, user or topic
      </label>
      <input
        id={SEARCH_ID}
        ref={field}
        type="search"
        class="mono"
        placeholder="Notification, user or topic"
        autocomplete="off"
        spellcheck={false}
        enterkeyhint="search"
      />
      <button type="submit" class="primary">
        Find
      </button>
    </form>
  );
}
