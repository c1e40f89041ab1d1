import { useState } from 'preact/hooks';
import { api } from '../api/calls.js';
import type { Status } from '../api/types.js';
import { count } from '../lib/format.js';
import { hrefOf } from '../lib/route.js';
import { usePages } from '../ui/load.js';
import { Card, Empty, ErrorBox, Loading, More, StatePill } from '../ui/parts.js';
import { TopicLink } from '../ui/topic-link.js';

interface ReceiptsProps {
  id: string;
  version: number;
  recipients: Status['recipients'];
}

/** Recipients that have acknowledged a notification, and those that have not. */
export function ReceiptsCard({ id, version, recipients }: ReceiptsProps) {
  const [state, setState] = useState('');
  const pages = usePages(
    (cursor) => api.receipts(id, { limit: 50, state, ...(cursor && { cursor }) }),
    [id, state, version],
  );
  const { items, error, loading, reload } = pages;
  return (
    <Card
      title="Receipts"
      action={
        <div class="row">
          <label for="receipts-state">Show</label>
          <select
            id="receipts-state"
            class="fit"
            value={state}
            onChange={(event) => setState(event.currentTarget.value)}
          >
            <option value="">all ({count(recipients.total)})</option>
            <option value="acked">acked ({count(recipients.acked)})</option>
            <option value="pending">missing ({count(recipients.pending)})</option>
            <option value="refused">refused ({count(recipients.refused ?? 0)})</option>
          </select>
        </div>
      }
    >
      {recipients.total > 0 && (
        <progress value={recipients.acked} max={recipients.total} aria-label="Acknowledged">
          {recipients.acked} of {recipients.total}
        </progress>
      )}
      {error ? (
        <ErrorBox error={error} retry={reload} />
      ) : items.length > 0 ? (
        <div class="table-box" tabIndex={0} role="region" aria-label="Receipts">
          <table>
            <thead>
              <tr>
                <th scope="col">User</th>
                <th scope="col">Session</th>
                <th scope="col">Topic</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {items.map((receipt) => (
                <tr key={`${receipt.topic} ${receipt.session}`}>
                  <td>
                    {receipt.user === undefined ? (
                      <span class="muted">gone</span>
                    ) : (
                      <a href={hrefOf('find', ['user', receipt.user])}>{receipt.user}</a>
                    )}
                  </td>
                  <td class="mono">{receipt.session}</td>
                  <td>
                    <TopicLink topic={receipt.topic} />
                  </td>
                  <td>
                    <StatePill state={receipt.state} />
                    {receipt.reason !== undefined && <span class="muted"> {receipt.reason}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : loading ? (
        <Loading what="Loading the receipts" />
      ) : (
        <Empty title={state === 'pending' ? 'All have acknowledged' : 'No receipts'}>
          There is one receipt per session that was subscribed when it was accepted.
        </Empty>
      )}
      <More pages={pages} />
    </Card>
  );
}
