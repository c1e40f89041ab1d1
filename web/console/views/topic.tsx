import { useState } from 'preact/hooks';
import { writeJson } from '../../shared/exact-json.js';
import { api } from '../api/calls.js';
import type { HistoryEntry } from '../api/types.js';
import { count } from '../lib/format.js';
import { hrefOf } from '../lib/route.js';
import { isMissing, useLoad, usePages } from '../ui/load.js';
import { Card, Empty, ErrorBox, Facts, Loading, More, Pill, Time } from '../ui/parts.js';

const USERS_SHOWN = 100;
const PAGE = 50;

export function TopicPage({ topic }: { topic: string }) {
  const { data, error, reload } = useLoad(() => api.topic(topic), [topic]);
  if (error && isMissing(error)) {
    return (
      <div class="card">
        <Empty title="No such topic">In this app nothing was published to it, and nobody subscribes to it.</Empty>
      </div>
    );
  }
  if (error) return <ErrorBox error={error} retry={reload} />;
  if (!data) return <Loading what="Loading the topic" />;
  return (
    <>
      <Card
        title={<span class="mono">{topic}</span>}
        action={
          <button type="button" class="small" onClick={reload}>
            Refresh
          </button>
        }
      >
        <Facts
          of={[
            ['Head', count(data.head)],
            ['Epoch', <span class="mono">{data.epoch}</span>],
            ['Subscribers', count(data.subscribers)],
            ['Online', count(data.online)],
          ]}
        />
      </Card>
      <HistoryCard key={data.head} topic={topic} head={data.head} />
      <PresenceCard topic={topic} online={data.online} />
    </>
  );
}

/** History of a topic. It starts with the newest entries; a field leads to older ones. */
function HistoryCard({ topic, head }: { topic: string; head: number }) {
  const [from, setFrom] = useState(Math.max(1, head - PAGE + 1));
  const pages = usePages(
    (cursor) => api.history(topic, { limit: PAGE, ...(cursor ? { cursor } : { from }) }),
    [topic, from],
  );
  const { items, error, loading, reload } = pages;
  return (
    <Card
      title="History"
      action={
        <>
          <button type="button" class="small" disabled={from <= 1} onClick={() => setFrom(1)}>
            Oldest
          </button>
          <button type="button" class="small" disabled={from <= 1} onClick={() => setFrom(Math.max(1, from - PAGE))}>
            Older
          </button>
          <button type="button" class="small" onClick={() => setFrom(Math.max(1, head - PAGE + 1))}>
            Newest
          </button>
        </>
      }
    >
      {error ? (
        <ErrorBox error={error} retry={reload} />
      ) : items.length > 0 ? (
        <HistoryTable entries={items} />
      ) : loading ? (
        <Loading what="Loading the history" />
      ) : (
        <Empty title="Nothing is kept">This topic is empty, or its notifications have ended.</Empty>
      )}
      <More pages={pages} />
    </Card>
  );
}

function HistoryTable({ entries }: { entries: readonly HistoryEntry[] }) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="History">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              Offset
            </th>
            <th scope="col">Notification</th>
            <th scope="col">Type</th>
            <th scope="col">Accepted</th>
            <th scope="col">Data</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) =>
            entry.gap === undefined ? (
              <tr key={entry.offset}>
                <td class="number">{entry.offset}</td>
                <td>
                  <a class="mono" href={hrefOf('find', ['notification', entry.id ?? ''])}>
                    {entry.id}
                  </a>
                </td>
                <td class="mono">{entry.type}</td>
                <td>{entry.at && <Time at={entry.at} />}</td>
                <td>
                  <details>
                    <summary class="mono clip">{writeJson(entry.data)}</summary>
                    <pre tabIndex={0}>{writeJson(entry.data, 2)}</pre>
                  </details>
                </td>
              </tr>
            ) : (
              <tr key={entry.offset} class="gap-row">
                <td class="number">{entry.offset}</td>
                <td colSpan={4}>
                  <Pill tone="warn">gap: {entry.gap}</Pill>
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}

function PresenceCard({ topic, online }: { topic: string; online: number }) {
  const { data, error, reload } = useLoad(() => api.presence(topic), [topic, online]);
  return (
    <Card title="Present">
      {error ? (
        <ErrorBox error={error} retry={reload} />
      ) : !data ? (
        <Loading what="Loading the presence" />
      ) : data.users.length === 0 ? (
        <Empty title="Nobody is here">No subscriber of this topic is connected.</Empty>
      ) : (
        <div class="chips">
          {data.users.slice(0, USERS_SHOWN).map((user) => (
            <a key={user} class="chip mono" href={hrefOf('find', ['user', user])}>
              {user}
            </a>
          ))}
          {data.users.length > USERS_SHOWN && (
            <span class="muted">and {count(data.users.length - USERS_SHOWN)} more</span>
          )}
        </div>
      )}
    </Card>
  );
}
