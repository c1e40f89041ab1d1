import { useState } from 'preact/hooks';
import { ApiError } from '../api/call.js';
import { api } from '../api/calls.js';
import type { Status, Target } from '../api/types.js';
import { count, plural } from '../lib/format.js';
import { hrefOf } from '../lib/route.js';
import { announce, confirm } from '../ui/dialog.js';
import { isMissing, useLoad } from '../ui/load.js';
import { Card, Empty, ErrorBox, Facts, Loading, messageOf, StatePill, Time } from '../ui/parts.js';
import { TopicLink } from '../ui/topic-link.js';
import { ReceiptsCard } from './receipts.js';
import { TimelineCard } from './timeline.js';

const OPEN: ReadonlySet<string> = new Set(['scheduled', 'accepted']);

export function NotificationPage({ id }: { id: string }) {
  const { data, error, reload } = useLoad(() => api.notification(id), [id]);
  const [version, setVersion] = useState(0);
  const refresh = (): void => {
    reload();
    setVersion((before) => before + 1);
  };
  if (error && isMissing(error)) {
    return (
      <div class="card">
        <Empty title="No such notification">
          This app never accepted it, or it ended so long ago that it is forgotten.
        </Empty>
      </div>
    );
  }
  if (error) return <ErrorBox error={error} retry={reload} />;
  if (!data) return <Loading what="Loading the notification" />;
  return (
    <>
      <Summary status={data} onChange={refresh} />
      <div class="grid-2">
        <TimelineCard id={id} version={version} />
        <TargetsCard targets={data.targets} />
      </div>
      <ReceiptsCard id={id} version={version} recipients={data.recipients} />
    </>
  );
}

function Summary({ status, onChange }: { status: Status; onChange: () => void }) {
  const [fault, setFault] = useState<string>();
  const { recipients } = status;
  const cancel = async (): Promise<void> => {
    const text =
      'Recipients that have not acknowledged it will no longer get it. Acknowledged deliveries stay as they are.';
    if (!(await confirm({ title: 'Cancel this notification?', text, action: 'Cancel the notification' }))) return;
    setFault(undefined);
    try {
      const { cancelled, kept } = await api.cancel(status.id);
      announce(`Cancelled ${plural(cancelled, 'delivery', 'deliveries')}, kept ${count(kept)}`);
    } catch (error) {
      const late = error instanceof ApiError && error.status === 409;
      setFault(late ? `Too late: ${messageOf(error)}` : messageOf(error));
    }
    onChange();
  };
  return (
    <Card
      title={
        <>
          <span class="mono">{status.id}</span> <StatePill state={status.state} />
        </>
      }
      action={
        <>
          <button type="button" class="small" onClick={onChange}>
            Refresh
          </button>
          {OPEN.has(status.state) && (
            <button type="button" class="small danger" onClick={() => void cancel()}>
              Cancel…
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
      <Facts
        of={[
          ['Type', <span class="mono">{status.type}</span>],
          ['Accepted', <Time at={status.createdAt} relative />],
          ...(status.deliverAt ? ([['Delivers', <Time at={status.deliverAt} relative />]] as const) : []),
          ['Expires', <Time at={status.expiresAt} relative />],
          [
            'Recipients',
            `${count(recipients.total)}: ${count(recipients.acked)} acked, ${count(recipients.pending)} pending`,
          ],
          ...(recipients.refused ? ([['Refused by', count(recipients.refused)]] as const) : []),
          ...(recipients.left ? ([['Left before', count(recipients.left)]] as const) : []),
          ['Attempts', count(status.attempts)],
          ...(status.replayOf
            ? ([
                ['Replay of', <a href={hrefOf('find', ['notification', status.replayOf])}>{status.replayOf}</a>],
              ] as const)
            : []),
          ...Object.entries(status.metadata ?? {}).map(([name, value]) => [`metadata: ${name}`, value] as const),
        ]}
      />
      <ol class="steps" aria-label="History">
        {status.history.map(({ state, at }) => (
          <li key={state}>
            <StatePill state={state} /> <Time at={at} />
          </li>
        ))}
      </ol>
    </Card>
  );
}

function TargetsCard({ targets }: { targets: readonly Target[] }) {
  return (
    <Card title="Targets">
      <div class="table-box" tabIndex={0} role="region" aria-label="Targets">
        <table>
          <thead>
            <tr>
              <th scope="col">Topic</th>
              <th scope="col" class="number">
                Offset
              </th>
              <th scope="col" class="number">
                Online then
              </th>
            </tr>
          </thead>
          <tbody>
            {targets.map(({ topic, offset, online, error }) => (
              <tr key={topic}>
                <td>
                  <TopicLink topic={topic} />
                </td>
                <td class="number">{error ? <span class="fault">{error}</span> : (offset ?? 'not yet')}</td>
                <td class="number">{online ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
