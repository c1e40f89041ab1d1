import { useState } from 'preact/hooks';
import { api } from '../api/calls.js';
import type { Session } from '../api/types.js';
import { plural } from '../lib/format.js';
import { hrefOf } from '../lib/route.js';
import { announce, confirm } from '../ui/dialog.js';
import { isMissing, usePages } from '../ui/load.js';
import { Card, Empty, ErrorBox, Loading, messageOf, More, StatePill, Time } from '../ui/parts.js';

export function UserPage({ user }: { user: string }) {
  return (
    <>
      <SessionsCard user={user} />
      <UnackedCard user={user} />
    </>
  );
}

function SessionsCard({ user }: { user: string }) {
  const pages = usePages((cursor) => api.sessions(user, { limit: 50, ...(cursor && { cursor }) }), [user]);
  const { items, error, loading, reload } = pages;
  const [fault, setFault] = useState<string>();
  const disconnect = async (sessions: readonly Session[]): Promise<void> => {
    const one = sessions.length === 1;
    const confirmed = await confirm({
      title: one ? 'Disconnect this session?' : `Disconnect these ${sessions.length} sessions?`,
      text: `${one ? 'It ends' : 'They end'} for good: clients do not come back by themselves, and deliveries that wait for ${one ? 'it' : 'them'} alone are given up.`,
      action: one ? 'Disconnect' : `Disconnect ${sessions.length}`,
    });
    if (!confirmed) return;
    setFault(undefined);
    const ended = await Promise.allSettled(sessions.map(({ id }) => api.disconnect(id)));
    const failed = ended.filter((result) => result.status === 'rejected').filter(({ reason }) => !isMissing(reason));
    if (failed[0]) setFault(`${plural(failed.length, 'session')} could not be ended: ${messageOf(failed[0].reason)}`);
    announce(`Disconnected ${plural(ended.length - failed.length, 'session')}`);
    reload();
  };
  return (
    <Card
      title={
        <>
          Sessions of <span class="mono">{user}</span>
        </>
      }
      action={
        <>
          <button type="button" class="small" onClick={reload}>
            Refresh
          </button>
          <a class="button small" href={hrefOf('find', ['topic', `user:${user}`])}>
            Mailbox
          </a>
          {items.length > 1 && (
            <button type="button" class="small danger" onClick={() => void disconnect(items)}>
              {pages.hasMore ? `Disconnect these ${items.length}…` : 'Disconnect all…'}
            </button>
          )}
        </>
      }
    >
      {fault && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      {error ? (
        <ErrorBox error={error} retry={reload} />
      ) : items.length > 0 ? (
        <SessionTable sessions={items} onDisconnect={(session) => void disconnect([session])} />
      ) : loading ? (
        <Loading what="Loading the sessions" />
      ) : (
        <Empty title="No session">{user} is not connected, and no session waits to be resumed.</Empty>
      )}
      <More pages={pages} />
    </Card>
  );
}

function SessionTable({
  sessions,
  onDisconnect,
}: {
  sessions: readonly Session[];
  onDisconnect: (session: Session) => void;
}) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Sessions">
      <table>
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">State</th>
            <th scope="col">Node</th>
            <th scope="col">Since</th>
            <th scope="col">Topics</th>
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr key={session.id}>
              <th scope="row" class="mono">
                {session.id}
              </th>
              <td>
                <StatePill state={session.state} />
              </td>
              <td class="mono">{session.node ?? ''}</td>
              <td>
                {session.connectedAt && <Time at={session.connectedAt} relative />}
                {session.expiresAt && (
                  <>
                    can be resumed until <Time at={session.expiresAt} />
                  </>
                )}
              </td>
              <td>
                <Topics names={session.topics} />
              </td>
              <td class="number">
                <button type="button" class="small danger" onClick={() => onDisconnect(session)}>
                  Disconnect…<span class="visually-hidden"> {session.id}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const TOPICS_SHOWN = 6;

function Topics({ names }: { names: readonly string[] }) {
  return (
    <div class="chips">
      {names.slice(0, TOPICS_SHOWN).map((name) => (
        <a key={name} class="chip mono" href={hrefOf('find', ['topic', name])}>
          {name}
        </a>
      ))}
      {names.length > TOPICS_SHOWN && <span class="muted">and {names.length - TOPICS_SHOWN} more</span>}
    </div>
  );
}

function UnackedCard({ user }: { user: string }) {
  const pages = usePages((cursor) => api.unacked(user, { limit: 50, ...(cursor && { cursor }) }), [user]);
  const { items, error, loading, reload } = pages;
  return (
    <Card
      title="Waiting for an ack"
      action={
        <button type="button" class="small" onClick={reload}>
          Refresh
        </button>
      }
    >
      {error ? (
        <ErrorBox error={error} retry={reload} />
      ) : items.length > 0 ? (
        <div class="table-box" tabIndex={0} role="region" aria-label="Waiting for an ack">
          <table>
            <thead>
              <tr>
                <th scope="col" class="number">
                  Offset
                </th>
                <th scope="col">Notification</th>
                <th scope="col">Type</th>
                <th scope="col">Accepted</th>
                <th scope="col">Expires</th>
                <th scope="col" class="number">
                  Attempts
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={item.offset}>
                  <td class="number">{item.offset}</td>
                  <td>
                    <a class="mono" href={hrefOf('find', ['notification', item.id])}>
                      {item.id}
                    </a>
                  </td>
                  <td class="mono">{item.type}</td>
                  <td>
                    <Time at={item.at} relative />
                  </td>
                  <td>
                    <Time at={item.expiresAt} />
                  </td>
                  <td class="number">{item.attempts}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : loading ? (
        <Loading what="Loading unacknowledged notifications" />
      ) : (
        <Empty title="Nothing is waiting">Every notification to {user} is acknowledged or has ended.</Empty>
      )}
      <More pages={pages} />
    </Card>
  );
}
