import { useEffect } from 'preact/hooks';
import { api } from '../api/calls.js';
import { count, plural } from '../lib/format.js';
import { hrefOf } from '../lib/route.js';
import { isMissing, useLoad } from '../ui/load.js';
import { Card, Empty, ErrorBox, Loading } from '../ui/parts.js';

interface Match {
  kind: 'notification' | 'user' | 'topic';
  name: string;
  note: string;
}

/** Objects with this name. A single match is opened at once. */
export function Matches({ text }: { text: string }) {
  const { data, error, loading, reload } = useLoad(() => search(text), [text]);
  const only = data?.length === 1 ? data[0] : undefined;
  useEffect(() => {
    // Replaces the search, so that going back does not lead into it again.
    if (only) location.replace(hrefOf('find', [only.kind, only.name]));
  }, [only]);
  if (error) return <ErrorBox error={error} retry={reload} />;
  if (loading || !data || only) return <Loading what="Searching" />;
  if (data.length === 0) {
    return (
      <div class="card">
        <Empty title={`No match for “${text}”`}>
          No notification has this id, or it ended long ago; no user of this name has a session or a mailbox; and
          nothing was published to a topic of this name in this app.
        </Empty>
      </div>
    );
  }
  return (
    <Card title={`${data.length} matches for this name`}>
      <ul class="links">
        {data.map(({ kind, name, note }) => (
          <li key={kind}>
            <a href={hrefOf('find', [kind, name])}>
              {kind} <span class="mono">{name}</span>
            </a>
            <span class="muted">{note}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

async function search(text: string): Promise<Match[]> {
  const user = text.startsWith('user:') ? text.slice('user:'.length) : text;
  const found = await Promise.all([
    ignoreMissing(api.notification(text)).then(
      (status) => status && { kind: 'notification' as const, name: text, note: `${status.type}, ${status.state}` },
    ),
    ignoreMissing(api.topic(`user:${user}`)).then(
      (topic) =>
        topic && {
          kind: 'user' as const,
          name: user,
          note: `${plural(topic.subscribers, 'session')}, ${count(topic.head)} sent`,
        },
    ),
    text.startsWith('user:')
      ? undefined
      : ignoreMissing(api.topic(text)).then(
          (topic) =>
            topic && {
              kind: 'topic' as const,
              name: text,
              note: `${plural(topic.subscribers, 'subscriber')}, head ${count(topic.head)}`,
            },
        ),
  ]);
  return found.filter((match) => match !== undefined);
}

/** Treats an invalid name as a missing object. */
async function ignoreMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error) || isInvalid(error)) return undefined;
    throw error;
  }
}

const isInvalid = (error: unknown): boolean => error instanceof Error && 'status' in error && error.status === 400;
