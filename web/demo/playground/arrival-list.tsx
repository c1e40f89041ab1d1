import type { Signal } from '@preact/signals';
import { clockOf } from '../clock';
import type { Arrival } from './arrivals';
import { playground } from './playground';

export function ArrivalList() {
  const { arrivals } = playground;
  const rows = arrivals.rows.value;
  return (
    <section aria-labelledby="arrivals-title">
      <div class="bar">
        <h2 id="arrivals-title">
          Arrivals{' '}
          <span class="pill" id="count">
            {rows.length}
          </span>
        </h2>
        <label class="switch">
          <input
            type="checkbox"
            id="auto-ack"
            checked={arrivals.autoAck.value}
            onChange={(event) => (arrivals.autoAck.value = event.currentTarget.checked)}
          />{' '}
          Acknowledge automatically
        </label>
        <button type="button" id="clear" onClick={() => arrivals.clear()}>
          Clear
        </button>
      </div>
      <p class="empty" id="empty" hidden={rows.length > 0}>
        Nothing has arrived yet. Send something to the connected user.
      </p>
      <ol id="list" aria-live="polite" aria-relevant="additions">
        {rows.map((row) => (
          <Row key={row.value.key} row={row} />
        ))}
      </ol>
    </section>
  );
}

function Row({ row }: { row: Signal<Arrival> }) {
  const { arrivals } = playground;
  const { message, mark, text } = row.value;
  const { topic, offset, id, type, data, at, expiresAt, attempt } = message;
  const over = mark === 'acked' || mark === 'gone';
  return (
    <li class="arrival card" data-mark={mark} data-topic={topic} data-offset={offset} data-id={id}>
      <div class="row">
        <strong class="type">{type}</strong>
        <span class="mark">{text}</span>
        <time
          class="push"
          dateTime={at.toISOString()}
          title={expiresAt ? `expires ${expiresAt.toLocaleString()}` : undefined}
        >
          {clockOf(at)}
        </time>
      </div>
      <p class="where mono">
        <span class="topic">{topic}</span>
        <span class="offset">offset {offset}</span>
        <span class="attempt">attempt {attempt}</span>
      </p>
      <pre class="data" tabIndex={0} aria-label="Data">
        {JSON.stringify(data, null, 2)}
      </pre>
      <div class="row actions" hidden={over}>
        <button
          type="button"
          class="accept primary"
          disabled={mark === 'busy'}
          onClick={() => void arrivals.accept(row)}
        >
          Acknowledge
        </button>
        <button type="button" class="refuse" disabled={mark === 'busy'} onClick={() => void arrivals.sendBack(row)}>
          Send back
        </button>
      </div>
    </li>
  );
}
